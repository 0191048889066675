import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { AudioChunk } from '#libs/contracts';
import { soundOf } from '../support/devices.js';
import { sampleChunk } from '../support/sample-chunk.js';
import { sampleEstimate } from '../support/sample-estimate.js';
import { CHUNK_SAMPLES, HeardInOrder } from './harness/heard-in-order.js';
import { Killer } from './harness/killer.js';
import { type Fate, type Plan, planOf } from './harness/plan.js';
import { bucketsOf } from './oracle/buckets.js';
import { compare } from './oracle/compare.js';
import { type Row, asRow, byEstimateKey } from './oracle/rows.js';

const HOUR_MS = Date.UTC(2026, 10, 24, 8);
const ESTIMATES = [0, 1, 2, 3].map((window) => sampleEstimate('subject', window, HOUR_MS));
const rows: Row[] = ESTIMATES.map(asRow);
const wanted = byEstimateKey(rows);
const counts = (found: Row[]) => {
  const { missing, extra, different } = compare(wanted, byEstimateKey(found));
  return { missing, extra, different };
};

describe('the comparison', () => {
  test('finds nothing wrong with the set itself, in any order', () => {
    expect(counts([...rows].reverse())).toEqual({ missing: 0, extra: 0, different: 0 });
  });

  test('counts a row that is missing, one that nobody expects, one that stands there twice', () => {
    const stranger = asRow(sampleEstimate('subject', 9, HOUR_MS));
    expect(counts([...rows.slice(1), stranger])).toEqual({ missing: 1, extra: 1, different: 0 });
    expect(counts([...rows, rows[0] as Row])).toEqual({ missing: 0, extra: 1, different: 0 });
  });

  test.each(Object.keys(rows[0] as object).filter((name) => !['subject_id', 'start_sample'].includes(name)))(
    'sees another %s',
    (column) => {
      const changed = [{ ...rows[0], [column]: 'another' }, ...rows.slice(1)];
      expect(counts(changed)).not.toEqual({ missing: 0, extra: 0, different: 0 });
    },
  );

  test('sees a column that it does not know', () => {
    expect(counts([{ ...rows[0], gained: 1 }, ...rows.slice(1)])).toMatchObject({ different: 1 });
  });
});

test('buckets: a window over an edge counts where it begins, and lasts in both', () => {
  const edge = sampleEstimate('subject', 299, HOUR_MS, { quality: 'noisy' }); // from 14:57 to 15:03
  const [first, second] = bucketsOf([...ESTIMATES, edge]);
  expect(first).toMatchObject({
    windows: 5,
    accepted: 4,
    rate_histogram: { 155: 4 },
    received_ms: 18_000,
    accepted_ms: 15_000,
  });
  expect(second).toMatchObject({ windows: 0, accepted: 0, received_ms: 3_000, version: 1, last_accepted_start: 0 });
});

describe('the plan', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(planOf(1, 60)).toEqual(planOf(1, 60));
    expect(planOf(1, 60)).not.toEqual(planOf(2, 60));
  });

  test('gives every fault point at least twenty of 200 kills', () => {
    const fates = [...planOf(3, 200).values()].flat();
    const hits = fates.flatMap((fate) => (fate.by === 'fault' ? [fate.point] : []));
    expect(fates).toHaveLength(200);
    const points = [
      'estimator.afterProduce',
      'recorder.afterInsert',
      'store.withinRecompute',
      'local-kafka.withinWrite',
      'local-clickhouse.withinStatement',
    ];
    expect(new Set(hits)).toEqual(new Set(points));
    for (const point of points) expect(hits.filter((hit) => hit === point).length, point).toBeGreaterThanOrEqual(20);
  });
});

describe('a session through the gateway', () => {
  const ID = 'by-gateway-0-session-0';
  const second = (n: number) => ({ sampleOffset: n * CHUNK_SAMPLES, audio: soundOf(ID, n, CHUNK_SAMPLES) });
  const end = { sampleOffset: 3 * CHUNK_SAMPLES, audio: Buffer.alloc(0), endOfSession: true };
  const [first, middle, last] = [second(0), second(1), second(2)];
  const faultOf = (...chunks: Partial<AudioChunk>[]) => {
    const heard = new HeardInOrder(ID);
    for (const chunk of chunks) heard.take({ ...sampleChunk('someone', 1), endOfSession: false, ...chunk });
    return heard.faultAfter(3).join();
  };

  test('is whole with every second and its end, repeats or not', () => {
    expect(faultOf(first, middle, last, end)).toBe('');
    expect(faultOf(first, middle, first, middle, last, end, end)).toBe('');
  });

  test.each([
    ['a second is missing in it', 'a gap', [first, last, end]],
    ['its last second is missing', 'a gap', [first, middle, end]],
    ['it ends too early', 'samples of 3 s', [first, middle, { ...end, sampleOffset: 2 * CHUNK_SAMPLES }]],
    ['nothing came', '0 samples', []],
    ['its end is missing', 'no end', [first, middle, last]],
    ['it holds other sound', 'other sound', [first, { ...middle, audio: last.audio }, last, end]],
    ['a repeat holds other sound', 'other sound', [first, { ...first, audio: last.audio }, middle, last, end]],
  ])('is broken where %s', (_, fault, chunks) => expect(faultOf(...chunks)).toContain(fault));
});

test('a victim whose plan is done is started again once, however many took it along in the same moment', async () => {
  const running = new Map<string, () => void>();
  const launches: string[] = [];
  const ends = new Map<string, Promise<{ status: null; signal: 'SIGKILL' }>>();
  const killer = new Killer({
    launch: (name) => {
      launches.push(`${name}${running.has(name) ? ' beside itself' : ''}`);
      ends.set(name, new Promise((resolve) => running.set(name, () => resolve({ status: null, signal: 'SIGKILL' }))));
    },
    kill: async (name) => {
      const [end, gone] = [running.get(name), ends.get(name)];
      await sleep(10); // a process takes a moment to die
      if (running.get(name) === end) running.delete(name);
      end?.();
      await gone;
      return 10;
    },
    ended: (name) => ends.get(name) ?? Promise.resolve({ status: 0, signal: null }),
    ready: () => Promise.resolve(),
    isRunning: (name) => running.has(name),
    log: () => [],
  });
  const strike = (afterMs: number): Fate => ({ by: 'signal', afterMs, onceReady: false, together: 'local-kafka' });
  const plan: Plan = new Map([
    ['local-kafka', [{ by: 'signal', afterMs: 0, onceReady: false }]],
    ['estimator', [strike(50), strike(50)]],
    ['recorder', [strike(50), strike(50)]],
  ]);
  await killer.carryOut(plan);
  expect(launches.filter((launch) => launch.includes('beside'))).toEqual([]);
  expect([...running.keys()].sort()).toEqual(['estimator', 'local-kafka', 'recorder']);
});
