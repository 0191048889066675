import {
  BreathSound,
  Random,
  type SessionPlan,
  type Truth,
  exerciseSession,
  planSession,
  restingSession,
  seedOf,
  stageAt,
  truthOf,
} from '#libs/breath-synthesis';
import { type AudioChunk, TOPICS, encode } from '#libs/contracts';
import type { OutgoingRecord } from '#libs/messaging';
import { type Device, encodeAs } from './device.js';
import { type Run, expectedWindows } from './expected-windows.js';

/** In this share of the chunks the connection breaks, for up to so many chunks. */
const BREAK_PROBABILITY = 0.004;
const LONGEST_BREAK_CHUNKS = 12;

/** One session of one device: what it would send, in order, each part with the time at which it is there. */
export class SimulatedSession {
  readonly sessionId: string;
  readonly runs: Run[] = [];
  ended = false;
  private readonly plan: SessionPlan;
  private readonly sound: BreathSound;
  private readonly truths: Truth[];
  private readonly random: Random;
  private sampleOffset = 0;
  private lastChunk: OutgoingRecord | undefined;

  constructor(
    private readonly device: Device,
    private readonly startedAtMs: number,
    seconds: number,
    index: number,
  ) {
    const seed = seedOf(device.person.seed, index);
    this.random = new Random(seed);
    this.plan = planSession(device.person, scriptOf(this.random, seed, seconds), seed);
    this.sound = new BreathSound(this.plan, device.sampleRateHz);
    this.truths = truthOf(this.plan);
    this.sessionId = `${device.deviceId}-${startedAtMs}`;
  }

  get endMs(): number {
    return this.timeOf(this.sound.length);
  }

  /** When the next chunk is recorded to its end; undefined after the session. */
  get nextDueMs(): number | undefined {
    return this.ended
      ? undefined
      : this.timeOf(Math.min(this.sampleOffset + this.device.chunkSamples, this.sound.length));
  }

  get sentSeconds(): number {
    return this.runs.reduce((sum, run) => sum + run.to - run.from, 0) / this.device.sampleRateHz;
  }

  get windowsExpected(): number {
    return expectedWindows(this.device.sampleRateHz, this.runs, this.ended);
  }

  /** The next chunk with the truths that are complete by then; behind a broken connection also the chunk before it. */
  next(): OutgoingRecord[] {
    const from = this.sampleOffset;
    const to = Math.min(from + this.device.chunkSamples, this.sound.length);
    this.ended = to === this.sound.length;
    const chunk = this.chunk(from, to - from);
    const repeated: OutgoingRecord[] = [];
    const run = this.runs.at(-1);
    if (run?.to === from) run.to = to;
    else {
      if (this.lastChunk) repeated.push(this.lastChunk);
      this.runs.push({ from, to });
    }
    this.sampleOffset = to + this.lostBehind(to);
    this.lastChunk = chunk;
    return [...repeated, chunk, ...this.truthsUntil(this.ended ? Infinity : to / this.device.sampleRateHz)];
  }

  /** Ends the session where it stands. */
  stop(): OutgoingRecord[] {
    if (this.ended) return [];
    this.ended = true;
    return [this.chunk(this.runs.at(-1)?.to ?? 0, 0)];
  }

  /** Samples that are never sent because the connection breaks; always short of the session's last chunk. */
  private lostBehind(sample: number): number {
    if (this.random.next() >= BREAK_PROBABILITY) return 0;
    const lost = this.random.integer(1, LONGEST_BREAK_CHUNKS) * this.device.chunkSamples;
    return sample + lost + this.device.chunkSamples < this.sound.length ? lost : 0;
  }

  private chunk(sampleOffset: number, count: number): OutgoingRecord {
    const { device } = this;
    const middle = (sampleOffset + count / 2) / device.sampleRateHz;
    const stage = stageAt(this.plan.stages, middle);
    const record: AudioChunk = {
      subjectId: device.subjectId,
      deviceId: device.deviceId,
      sessionId: this.sessionId,
      sessionStartedAt: this.startedAtMs,
      sampleOffset,
      sampleRateHz: device.sampleRateHz,
      channels: device.channels,
      encoding: device.encoding,
      preRollSamples: 0,
      audio: count === 0 ? Buffer.alloc(0) : encodeAs(device, this.sound.read(sampleOffset, count)),
      restState: device.declares ? stage.restState : 'unknown',
      restStateSource: device.declares ? 'declared' : 'unknown',
      stage: device.declares ? stage.trialStage : 'none',
      environment: device.environment,
      timeZone: device.timeZone,
      endOfSession: this.ended,
    };
    return { topic: TOPICS.audio, key: device.subjectId, value: encode('AudioChunk', record) };
  }

  private truthsUntil(second: number): OutgoingRecord[] {
    const later = this.truths.findIndex((truth) => truth.startSecond + truth.seconds > second);
    const { subjectId, deviceId } = this.device;
    return this.truths.splice(0, later < 0 ? this.truths.length : later).map((truth) => ({
      topic: TOPICS.simulatorTruth,
      key: subjectId,
      value: encode('BreathTruth', {
        subjectId,
        deviceId,
        sessionId: this.sessionId,
        startedAt: this.startedAtMs + Math.round(truth.startSecond * 1000),
        durationSeconds: truth.seconds,
        rrPerMinute: truth.rrPerMinute,
        breathing: truth.breathing,
        snrDb: truth.snrDb,
        restState: truth.restState,
      }),
    }));
  }

  private timeOf(sample: number): number {
    return this.startedAtMs + Math.ceil((sample / this.device.sampleRateHz) * 1000);
  }
}

/** Mostly rest, exercise and recovery; sometimes from the middle of the exercise on, sometimes rest alone. */
function scriptOf(random: Random, seed: number, seconds: number) {
  const kind = random.next();
  if (kind < 0.2) return restingSession(seconds);
  const stages = exerciseSession(seed, seconds);
  if (kind < 0.6) return stages;
  const fromExercise = stages.slice(stages.findIndex(({ restState }) => restState === 'active'));
  const share = fromExercise.reduce((sum, stage) => sum + stage.seconds, 0) / seconds;
  return fromExercise.map((stage) => ({ ...stage, seconds: stage.seconds / share }));
}
