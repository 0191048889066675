import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { TOPICS, decode } from '#libs/contracts';
import type { DeviceClient } from '#libs/device-client';
import { connectDevice, frameOf, sessionOf } from '../../support/devices.js';
import { readTopic } from '../oracle/read-topic.js';
import { CHUNK_SAMPLES, HeardInOrder } from './heard-in-order.js';

/** What became of the sessions that were sent through the gateway. */
export interface GatewayVerdict {
  gatewaySessions: number;
  /** Each in a sentence: what the log lacks of what a device was told to be durable, or holds otherwise. */
  gatewaySessionsBroken: string[];
}

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
