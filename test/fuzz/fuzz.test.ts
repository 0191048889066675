import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InferenceEngine, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { type EstimateModel, PartitionStreams, type RecordOutcome, estimateModel } from '#libs/estimation';
import { root, runCommand } from '../support/stack.js';
import { runEpisode } from './episode.js';
import { PARTITION, partitionOfKey } from './specimens.js';
import { watchedRun } from './watched-run.js';

const MESSAGES = 20_000;
const CODES = [
  'UNKNOWN_FRAMING',
  'UNKNOWN_SCHEMA',
  'UNEXPECTED_RECORD',
  'MALFORMED_RECORD',
  'INVALID_FIELD',
  'WRONG_KEY',
  'WRONG_PARTITION',
  'CLOCK_OUT_OF_RANGE',
  'UNKNOWN_ENCODING',
  'SESSION_CHANGED',
  'UNDECODABLE_AUDIO',
  'CHUNK_TOO_LONG',
];

interface Report {
  accepted: number;
  windows: number;
  neighbourWindows: number;
  dropped: Record<string, number>;
  deadLettered: Record<string, number>;
}

test('of mutated messages each is accepted, dropped or dead-lettered, none harms its neighbours, none crashes or hangs', async () => {
  const { status, stdout, stderr } = await runCommand(
    ['dist/test/fuzz/main.js', '--messages', String(MESSAGES)],
    process.env,
  );
  const report = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Report;
  const none = { crashes: 0, hangs: 0, unaccounted: 0, neighbourDifferences: 0 };
  expect(report, stderr).toMatchObject({ messages: MESSAGES, ...none });
  expect(status).toBe(0);
  const ways = [...Object.values(report.dropped), ...Object.values(report.deadLettered)];
  expect(ways.reduce((sum, times) => sum + times, report.accepted)).toBe(MESSAGES);
  expect(Object.keys(report.deadLettered).sort()).toEqual([...CODES].sort());
  expect(report.neighbourWindows).toBeGreaterThan(50);
  expect(report.windows).toBeGreaterThan(report.neighbourWindows);
}, 300_000);

describe('what it looks for it sees', () => {
  let engine: InferenceEngine;
  let model: EstimateModel;
  beforeAll(async () => {
    const bundle = await loadBundle(`${root}models/default`);
    engine = await createOnnxEngine(bundle);
    model = estimateModel(bundle, engine);
  });
  afterAll(() => engine?.close());

  /** An episode whose partition does something else with its outcomes; the neighbour alone is judged as it should be. */
  async function episodeWith(change: (outcome: RecordOutcome) => RecordOutcome) {
    let made = 0;
    const streams = () => {
      const right = new PartitionStreams({
        partition: PARTITION,
        partitionOfKey,
        extractor: model.extractor,
        windowing: { windowSeconds: 4, hopSeconds: 2, minimumSeconds: 4 },
      });
      const isBroken = made++ === 0;
      return {
        take: (record: Parameters<PartitionStreams['take']>[0]) =>
          isBroken ? change(right.take(record)) : right.take(record),
        marks: (next: bigint) => right.marks(next),
      };
    };
    return runEpisode({ seed: 1, episode: 0, messages: 400, model, streams });
  }

  test('nothing wrong where nothing is', async () => {
    const { crashes, unaccounted, neighbourDifferences } = await episodeWith((outcome) => outcome);
    expect([crashes, unaccounted, neighbourDifferences]).toEqual([0, 0, 0]);
  });

  test('a crash', async () => {
    const { crashes, faults } = await episodeWith((outcome) => {
      if (outcome.rejection?.reject.code === 'MALFORMED_RECORD') throw new Error('boom');
      return outcome;
    });
    expect(crashes).toBeGreaterThan(0);
    expect(faults[0]).toContain('--seed 1 --episode 0, message ');
  });

  test('a message that goes nowhere', async () => {
    expect((await episodeWith(({ windows }) => ({ windows }))).unaccounted).toBeGreaterThan(0);
  });

  test('a code that is none', async () => {
    const { unaccounted } = await episodeWith(({ rejection, ...outcome }) => ({
      ...outcome,
      ...(rejection ? { rejection: { ...rejection, reject: { ...rejection.reject, code: 'ODD' as never } } } : {}),
    }));
    expect(unaccounted).toBeGreaterThan(0);
  });

  test('a window of the neighbour that is missing', async () => {
    const { neighbourDifferences } = await episodeWith((outcome) => ({
      ...outcome,
      windows: outcome.windows.slice(1),
    }));
    expect(neighbourDifferences).toBeGreaterThan(0);
  });

  test('a message that comes to no end, by its number', async () => {
    const hangs = `import { workerData } from 'node:worker_threads';
      const at = new Int32Array(workerData.place);
      at[0] = 5; at[1] = 42;
      for (;;);`;
    const { hangs: found, faults } = await watchedRun({
      seed: 9,
      episodes: [{ episode: 5, messages: 100 }],
      modelFolder: '',
      patienceMs: 200,
      onProgress: () => undefined,
      worker: new URL(`data:text/javascript,${encodeURIComponent(hangs)}`),
    });
    expect(found).toBe(1);
    expect(faults[0]).toContain('--seed 9 --episode 5, message 42');
  });
});
