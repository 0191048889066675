import { expect, test } from 'vitest';
import type { AudioChunk } from '#libs/contracts';
import type { AudioRecord } from './audio-record.js';
import { PartitionStreams } from './partition-streams.js';
import { RATE_HZ, STARTED_AT, chunk, toLog } from './testing/made-up-log.js';

/** EUPNEA_SESSIONS=1000000 for the long campaign. */
const SESSIONS = Number(process.env['EUPNEA_SESSIONS'] ?? 5_000);
const EVERY_MS = 100;
/** 120 s of log time, after which a silent stream is gone. */
const MOST_LIVE = 120_000 / EVERY_MS + 1;
/** The session that goes on sends so much at a time. */
const ONES_SECONDS = 10;
const ONES_EVERY = (ONES_SECONDS * 1_000) / EVERY_MS;
const MIB = 2 ** 20;

test(
  'of ever new sessions only those of the last 120 s are held, and one that goes on among them loses no window',
  { timeout: 3_600_000 },
  () => {
    const streams = new PartitionStreams({ partition: 0, partitionOfKey: () => 0 });
    const windowStarts: number[] = [];
    let mostLive = 0;
    let mostHeldMiB = 0;
    let offset = 0n;
    const take = (appendTimeMs: number, value: AudioChunk) => {
      const [record] = toLog([{ chunk: value, waitMs: 0 }]) as [AudioRecord];
      const { windows, rejection } = streams.take({ ...record, appendTimeMs, offset: offset++ });
      expect(rejection).toBeUndefined();
      windowStarts.push(...windows.map(({ window }) => window.startSample / RATE_HZ));
    };
    for (let session = 0; session < SESSIONS; session++) {
      const nowMs = STARTED_AT + session * EVERY_MS;
      take(nowMs, chunk(1, 0, 0.05, { sessionId: `s${session}`, sessionStartedAt: nowMs }));
      if (session % ONES_EVERY === 0) take(nowMs, chunk(2, (session * EVERY_MS) / 1_000, ONES_SECONDS));
      mostLive = Math.max(mostLive, streams.liveStreams);
      if (session % 1_000 !== 999) continue;
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      mostHeldMiB = Math.max(mostHeldMiB, (heapUsed + arrayBuffers) / MIB);
      expect(Number(offset - streams.marks(offset).low)).toBeLessThanOrEqual(1.05 * MOST_LIVE);
    }
    console.log(`${SESSIONS} sessions: at most ${mostLive} live, ${Math.round(mostHeldMiB)} MiB held`);
    expect(mostLive).toBeLessThanOrEqual(MOST_LIVE + 1);
    expect(mostHeldMiB).toBeLessThan(1_024);
    const ones = Math.ceil(SESSIONS / ONES_EVERY) * ONES_SECONDS;
    expect(windowStarts).toEqual(Array.from({ length: Math.floor((ones - 6) / 3) + 1 }, (_, window) => 3 * window));
  },
);
