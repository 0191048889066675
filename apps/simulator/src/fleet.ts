import { Random, seedOf } from '#libs/breath-synthesis';
import type { OutgoingRecord } from '#libs/messaging';
import { type Device, deviceOf } from './device.js';
import type { Outlet } from './outlet.js';
import { SimulatedSession } from './simulated-session.js';
import type { Timeline } from './timeline.js';

export interface FleetSummary {
  streams: number;
  chunks: number;
  seconds: number;
  sessions: number;
  windowsExpected: number;
}

const SESSION_SECONDS = [180, 720] as const;
const PAUSE_SECONDS = [5, 30] as const;
/** Devices do not all switch on in the same moment. */
const START_SPREAD_SECONDS = 2;
/** What would be shorter is not begun any more before the end. */
const SHORTEST_SESSION_SECONDS = 6;
/** Bounds what waits in memory while a fleet catches up. */
const RECORDS_AT_ONCE = 32;

/** One device with its sessions, one after the other, without end or until `endMs`. */
export class FleetMember {
  private readonly device: Device;
  private readonly random: Random;
  private session: SimulatedSession | undefined;
  private nextStartMs = Infinity;
  private sessions = 0;
  readonly sent = { chunks: 0, seconds: 0, sessions: 0, windowsExpected: 0 };

  constructor(
    fleetSeed: number,
    n: number,
    startMs: number,
    private readonly endMs: number,
  ) {
    this.device = deviceOf(fleetSeed, n);
    this.random = new Random(seedOf(fleetSeed, n, 5));
    this.startAt(Math.round(startMs + this.random.next() * START_SPREAD_SECONDS * 1000));
  }

  /** When there is something to send again; Infinity at the end. */
  get nextDueMs(): number {
    return this.session?.nextDueMs ?? this.nextStartMs;
  }

  /** What is due at `nextDueMs`; nothing where a session only begins. */
  next(): OutgoingRecord[] {
    if (this.session === undefined) {
      this.session = this.begin();
      return [];
    }
    const outgoing = this.session.next();
    this.sent.chunks += 1;
    if (this.session.ended) this.finish(this.session);
    return outgoing;
  }

  /** Ends what is open. */
  stop(): OutgoingRecord[] {
    const { session } = this;
    if (session === undefined) return [];
    const outgoing = session.stop();
    this.sent.chunks += outgoing.length;
    this.finish(session);
    return outgoing;
  }

  private startAt(timeMs: number): void {
    this.nextStartMs = (this.endMs - timeMs) / 1000 < SHORTEST_SESSION_SECONDS ? Infinity : timeMs;
  }

  private begin(): SimulatedSession {
    const left = (this.endMs - this.nextStartMs) / 1000;
    const seconds = Math.min(left, this.random.between(...SESSION_SECONDS));
    return new SimulatedSession(this.device, this.nextStartMs, seconds, this.sessions++);
  }

  private finish(session: SimulatedSession): void {
    this.sent.sessions += 1;
    this.sent.seconds += session.sentSeconds;
    this.sent.windowsExpected += session.windowsExpected;
    this.startAt(session.endMs + Math.round(this.random.between(...PAUSE_SECONDS) * 1000));
    this.session = undefined;
  }
}

/** Sends a fleet's sound until `endMs` of the timeline or the stop signal; then ends every open session. */
export async function runFleet(
  size: number,
  seed: number,
  timeline: Timeline,
  endMs: number,
  outlet: Pick<Outlet, 'send'>,
  signal: AbortSignal,
  progress: (timeMs: number) => void = () => undefined,
): Promise<FleetSummary> {
  const members = Array.from({ length: size }, (_, n) => new FleetMember(seed, n, timeline.startMs, endMs));
  const nextDue = () => members.reduce((first, member) => Math.min(first, member.nextDueMs), Infinity);
  for (let due = nextDue(); due < Infinity && !signal.aborted; due = nextDue()) {
    await timeline.waitUntil(due, signal);
    const now = timeline.nowMs();
    let pending: OutgoingRecord[] = [];
    for (const member of members) {
      while (member.nextDueMs <= now && !signal.aborted) {
        pending.push(...member.next());
        if (pending.length < RECORDS_AT_ONCE) continue;
        await outlet.send(pending, signal);
        pending = [];
      }
    }
    await outlet.send(pending, signal);
    progress(now);
  }
  await outlet.send(
    members.flatMap((member) => member.stop()),
    signal,
  );
  return members.reduce<FleetSummary>(
    (sum, { sent }) => ({
      streams: size,
      chunks: sum.chunks + sent.chunks,
      seconds: sum.seconds + sent.seconds,
      sessions: sum.sessions + sent.sessions,
      windowsExpected: sum.windowsExpected + sent.windowsExpected,
    }),
    { streams: size, chunks: 0, seconds: 0, sessions: 0, windowsExpected: 0 },
  );
}
