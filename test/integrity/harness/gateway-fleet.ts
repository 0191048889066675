import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { type AudioChunk, TOPICS, decode } from '#libs/contracts';
import type { DeviceClient } from '#libs/device-client';
import { connectDevice, frameOf, sessionOf, soundOf } from '../../support/devices.js';
import { readTopic } from '../oracle/read-topic.js';

/** What became of the sessions that were sent through the gateway. */
export interface GatewayVerdict {
  gatewaySessions: number;
  /** Each in a sentence: what the log lacks of what a device was told to be durable, or holds otherwise. */
  gatewaySessionsBroken: string[];
}

/** A second of sound a second. */
const CHUNK_SAMPLES = 8_000;
const SESSION_CHUNKS = 20;
const SUBJECTS = 'by-gateway';

/**
 * Devices that send one session after another with the client library, through the gateway. What they are told to be
 * durable must be in the log, whole and in order, whoever was killed meanwhile.
 */
export class GatewayFleet {
  /** Chunks of each session, all of them acknowledged. */
  private readonly durable = new Map<string, number>();
  private readonly connected = new Set<DeviceClient>();
  private readonly stopping = new AbortController();
  private readonly running: Promise<void[]>;

  private constructor(
    private readonly port: number,
    devices: number,
  ) {
    this.running = Promise.all(Array.from({ length: devices }, (_, n) => this.sendOnAndOn(`${SUBJECTS}-${n}`)));
    this.running.catch(() => undefined); // told by `stop`
  }

  static start(port: number, devices: number): GatewayFleet {
    return new GatewayFleet(port, devices);
  }

  /** Ends the sessions that run, and resolves when all of them are durable. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Ends without waiting for anything; the processes go as well. */
  abandon(): void {
    this.stopping.abort();
    for (const device of this.connected) device.close();
  }

  async verify(kafka: Kafka): Promise<GatewayVerdict> {
    const heard = new Map([...this.durable.keys()].map((sessionId) => [sessionId, new HeardInOrder(sessionId)]));
    await readTopic(kafka, TOPICS.audio, ({ key, value }) => {
      if (!String(key).startsWith(`${SUBJECTS}-`)) return;
      const decoded = decode(value, 'AudioChunk');
      if (decoded.kind === 'ok') heard.get(decoded.value.value.sessionId)?.take(decoded.value.value);
    });
    const gatewaySessionsBroken = [...this.durable].flatMap(
      ([sessionId, chunks]) => heard.get(sessionId)?.faultAfter(chunks) ?? [],
    );
    return { gatewaySessions: this.durable.size, gatewaySessionsBroken };
  }

  private async sendOnAndOn(subjectId: string): Promise<void> {
    for (let n = 0; !this.stopping.signal.aborted; n++) {
      const session = sessionOf(`${subjectId}-session-${n}`);
      const device = await connectDevice(this.port, subjectId, { session });
      this.connected.add(device);
      let chunks = 0;
      while (chunks < SESSION_CHUNKS && !this.stopping.signal.aborted) {
        if (device.send(frameOf(session.sessionId, chunks, CHUNK_SAMPLES))) chunks += 1;
        await sleep(1_000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
      await device.end(chunks * CHUNK_SAMPLES);
      this.connected.delete(device);
      this.durable.set(session.sessionId, chunks);
    }
  }
}

/** A session as any reader hears it: what overlaps is trimmed, what is ahead leaves a gap. */
class HeardInOrder {
  private nextSample = 0;
  private ended = false;
  private fault: string | undefined;

  constructor(private readonly sessionId: string) {}

  take({ sampleOffset, audio, endOfSession }: AudioChunk): void {
    this.ended ||= endOfSession;
    if (sampleOffset > this.nextSample) this.fault ??= `a gap at ${this.nextSample} before ${sampleOffset}`;
    if (audio.length === 0) return;
    const sent = soundOf(this.sessionId, sampleOffset / CHUNK_SAMPLES, CHUNK_SAMPLES);
    if (!audio.equals(sent)) this.fault ??= `other sound at ${sampleOffset}`; // a repeat is the same, too
    this.nextSample = Math.max(this.nextSample, sampleOffset + audio.length / 2);
  }

  faultAfter(chunks: number): string[] {
    const missing =
      this.nextSample === chunks * CHUNK_SAMPLES ? undefined : `${this.nextSample} samples of ${chunks} s`;
    const fault = this.fault ?? missing ?? (this.ended ? undefined : 'no end');
    return fault === undefined ? [] : [`${this.sessionId}: ${fault}`];
  }
}
