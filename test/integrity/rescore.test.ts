import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadBundle } from '#libs/breath-model';
import { TOPICS } from '#libs/contracts';
import { Stack, eventually, root, runCommand } from '../support/stack.js';
import { awkwardFleet } from './harness/awkward-fleet.js';
import { expectedOf } from './oracle/expected.js';
import { recordsIn } from './oracle/read-topic.js';
import { STORED_ESTIMATES, asRow, parseRow } from './oracle/rows.js';

const SEED = Number(process.env['EUPNEA_SEED'] ?? 20_261_126);
const QUARTER_MS = 15 * 60_000;
const PROGRAM = join(root, 'dist/apps/rescorer/src/main.js');
const NEW_MODEL = 'models/default-folds/fold-0';
const SETTINGS = { KAFKA_SESSION_TIMEOUT_MS: '6000', LOG_LEVEL: 'warn' };

type StoredRow = ReturnType<typeof asRow>;
const byIdentity = (a: StoredRow, b: StoredRow) =>
  a.session_id.localeCompare(b.session_id) || a.start_sample - b.start_sample;

describe(`re-scoring, seed ${SEED} (set EUPNEA_SEED for another)`, () => {
  /** The range ends in the middle of every session, so that windows straddle its end. */
  const toMs = Math.floor(Date.now() / QUARTER_MS) * QUARTER_MS - 2 * QUARTER_MS;
  const fromMs = toMs - QUARTER_MS;
  const [from, to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString()) as [string, string];
  let stack: Stack;
  let kafka: Kafka;
  let liveVersion: string;
  let newVersion: string;
  let live: StoredRow[];
  let replayed: StoredRow[];
  let stopSending: AbortController;
  let sending: Promise<void>;

  beforeAll(async () => {
    liveVersion = (await loadBundle(join(root, 'models/default'))).manifest.version;
    newVersion = (await loadBundle(join(root, NEW_MODEL))).manifest.version;
    stack = await Stack.start(['estimator', 'recorder', 'api'], SETTINGS);
    kafka = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING });
    await send(awkwardFleet(SEED, 6, toMs - 12_000, 'early'));
    const log = await recordsIn(kafka, TOPICS.audio);
    const rowsBy = async (model: string) =>
      (await expectedOf(log, join(root, model))).estimates.map(asRow).sort(byIdentity);
    live = await rowsBy('models/default');
    replayed = (await rowsBy(NEW_MODEL)).filter(isInRange);
    expect(replayed.length).toBeGreaterThan(20);
    expect(live.filter((row) => !isInRange(row)).length).toBeGreaterThan(20);
    await eventually('the live rows', storedRows, (rows) => rows.length >= live.length, 120_000);
    stopSending = new AbortController();
    sending = sendOnAndOn(stopSending.signal);
  }, 300_000);
  afterAll(async () => {
    stopSending?.abort();
    await sending;
    await stack?.stop();
  });

  const isInRange = ({ window_start: start }: StoredRow) => start >= fromMs && start < toMs;

  async function send(records: ReturnType<typeof awkwardFleet>): Promise<void> {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (let at = 0; at < records.length; at += 8) {
      await producer.send({ topic: TOPICS.audio, messages: records.slice(at, at + 8) }); // under the broker's 1 MB
    }
    await producer.disconnect();
  }

  /** The live path has something to do all the time, behind the range. */
  async function sendOnAndOn(signal: AbortSignal): Promise<void> {
    for (let fleet = 0; !signal.aborted; fleet++) {
      const records = awkwardFleet(SEED + 1 + fleet, 1, toMs + 2 * QUARTER_MS - 120_000, `later${fleet}`);
      for (let at = 0; at < records.length && !signal.aborted; at += 8) {
        await send(records.slice(at, at + 8));
        await sleep(400);
      }
    }
  }

  const rescore = (...options: string[]) =>
    runCommand([PROGRAM, ...options], { ...stack.environment(), LOG_LEVEL: 'silent' });
  const replay = (...options: string[]) => rescore('--model', NEW_MODEL, '--from', from, '--to', to, ...options);
  const summaryOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object;

  async function storedRows(version = liveVersion): Promise<StoredRow[]> {
    const rows = await stack.rows<StoredRow>(
      `${STORED_ESTIMATES} AND subject_id LIKE 'early%' SETTINGS output_format_json_quote_64bit_integers = 0`,
      { version },
    );
    return rows.map((row) => parseRow(row) as StoredRow).sort(byIdentity);
  }

  /** What readers see of the range, version by version. */
  const seen = () =>
    stack.rows<{ version: string; windows: number }>(
      `SELECT model_version AS version, toUInt32(count()) AS windows FROM eupnea.current_estimates
      WHERE window_start >= {from:DateTime64(3)} AND window_start < {to:DateTime64(3)} GROUP BY version`,
      { from: from.slice(0, -1), to: to.slice(0, -1) },
    );

  /** Buckets that differ from what the raw rows give, counted anew in other words than the store's own. */
  const wrongBuckets = (condition: string) =>
    stack.rows(
      `WITH raw AS (
        SELECT subject_id, toDateTime(toStartOfFifteenMinutes(window_start)) AS bucket, model_version, rest_state,
          count() AS windows, countIf(quality = 'ok') AS accepted,
          sumIf(toUInt64(round(rr_per_minute * 10)), quality = 'ok') AS rates
        FROM eupnea.estimates FINAL WHERE ${condition} GROUP BY ALL
      ),
      kept AS (
        SELECT subject_id, bucket, model_version, rest_state, windows, accepted,
          arraySum(arrayMap((rate, count) -> rate * count, mapKeys(rate_histogram), mapValues(rate_histogram))) AS rates
        FROM eupnea.rate_buckets FINAL WHERE windows > 0 AND ${condition}
      )
      SELECT * FROM (
        SELECT * FROM (SELECT toString(tuple(*)) AS row FROM raw) WHERE row NOT IN (SELECT toString(tuple(*)) FROM kept)
        UNION ALL
        SELECT * FROM (SELECT toString(tuple(*)) AS row FROM kept) WHERE row NOT IN (SELECT toString(tuple(*)) FROM raw)
      )`,
    );
  const EARLY = `subject_id LIKE 'early%'`;

  async function liveGroup() {
    const admin = kafka.admin();
    await admin.connect();
    const { groups } = await admin.describeGroups(['eupnea-estimator', 'eupnea-recorder']);
    await admin.disconnect();
    return groups.map(({ state, members }) => [state, members.map(({ memberId }) => memberId)]);
  }

  test('what the live path itself says cannot be replayed', async () => {
    const { status, stderr } = await rescore('--model', 'models/default', '--from', from, '--to', to);
    expect(stderr).toMatch(/^VERSION_IS_LIVE: /);
    expect(status).toBeGreaterThan(0);
  });

  test('before it, readers see the live version, and buckets equal the raw rows', async () => {
    expect(await storedRows()).toEqual(live);
    expect(await seen()).toEqual([{ version: liveVersion, windows: live.filter(isInRange).length }]);
    expect(await wrongBuckets(EARLY)).toEqual([]);
  });

  test('killed with SIGKILL in the middle it shows readers nothing, and disturbs neither rows, buckets nor groups', async () => {
    const before = await liveGroup();
    const child = spawn(process.execPath, [PROGRAM, '--model', NEW_MODEL, '--from', from, '--to', to], {
      cwd: root,
      // Its first rows are in the store, and no bucket counts them.
      env: { ...stack.environment(), LOG_LEVEL: 'silent', EUPNEA_FAULT: 'store.withinRecompute:1' },
      stdio: 'ignore',
    });
    const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    expect(await wrongBuckets(`${EARLY} AND model_version = '${newVersion}'`), 'rows, not counted').not.toEqual([]);
    expect(await seen()).toEqual([{ version: liveVersion, windows: live.filter(isInRange).length }]);
    expect(await storedRows()).toEqual(live);
    expect(await wrongBuckets(`${EARLY} AND model_version = '${liveVersion}'`)).toEqual([]);
    expect(await liveGroup(), 'members and state').toEqual(before);
    const early = await rescore('switch', '--version', newVersion, '--from', from, '--to', to);
    expect(early.stderr).toMatch(/^RESCORING_UNFINISHED/);
  });

  test('continued, it ends with exactly the rows that the pure core gives, still unseen', async () => {
    const ended = await replay();
    expect(ended.stderr + ended.stdout).toContain('"finished":true');
    expect(summaryOf(ended)).toMatchObject({ modelVersion: newVersion, switched: false });
    expect(await storedRows(newVersion)).toEqual(replayed);
    expect(await storedRows()).toEqual(live);
    expect(await wrongBuckets(EARLY)).toEqual([]);
    expect(await seen()).toEqual([{ version: liveVersion, windows: live.filter(isInRange).length }]);
  });

  test('run twice it changes nothing, even when it replays everything anew', async () => {
    expect(summaryOf(await replay())).toMatchObject({ windowsWritten: 0, finished: true });
    expect(summaryOf(await replay('--again'))).toMatchObject({ windowsWritten: replayed.length, finished: true });
    expect(await storedRows(newVersion)).toEqual(replayed);
    expect(await wrongBuckets(EARLY)).toEqual([]);
  });

  test('switched, readers see the new version in the range and the live one behind it; and back', async () => {
    expect(summaryOf(await replay('--switch'))).toMatchObject({ switched: true });
    expect(await seen()).toEqual([{ version: newVersion, windows: replayed.length }]);
    expect(await fromApi()).toEqual([liveVersion, newVersion].sort());
    const back = await rescore('switch', '--version', liveVersion, '--from', from, '--to', to);
    expect(summaryOf(back)).toEqual({ modelVersion: liveVersion, switched: true });
    expect(await seen()).toEqual([{ version: liveVersion, windows: live.filter(isInRange).length }]);
    expect(await fromApi()).toEqual([liveVersion]);
    expect(await wrongBuckets(EARLY)).toEqual([]);
    expect((await rescore('list')).stdout).toContain(`switch 2: ${liveVersion} from ${from.slice(0, 16)}Z`);
  });

  /** The versions that the api answers with, for somebody whose windows lie on both sides of the range's end. */
  async function fromApi(): Promise<string[]> {
    const rows = live.filter(({ subject_id: subject }) => subject === live.find(isInRange)?.subject_id);
    const range = `from=${fromMs}&to=${toMs + QUARTER_MS}&limit=1000`;
    const answer = await fetch(`${stack.url('api')}/v1/subjects/${rows[0]?.subject_id}/estimates?${range}`);
    const { estimates } = (await answer.json()) as { estimates: { windowStart: string; modelVersion: string }[] };
    expect(estimates.length).toBeGreaterThanOrEqual(rows.length); // the live path goes on
    for (const { windowStart, modelVersion } of estimates) {
      if (Date.parse(windowStart) >= toMs) expect(modelVersion).toBe(liveVersion);
    }
    return [...new Set(estimates.map(({ modelVersion }) => modelVersion))].sort();
  }

  test.each([
    ['MODEL_MISSING', ['--model', 'models/nowhere', '--from', from, '--to', to]],
    ['USAGE', ['--model', NEW_MODEL, '--from', to, '--to', from]],
    ['USAGE', ['--model', NEW_MODEL, '--from', '2026-11-20T00:07Z', '--to', to]],
    ['USAGE', ['--model', NEW_MODEL, '--from', from, '--to', '2999-01-01T00:00Z']],
    ['VERSION_NOT_STORED', ['switch', '--version', 'nobody@1', '--from', from, '--to', to]],
  ])('%s: %j is refused', async (code, options) => {
    const { status, stderr } = await rescore(...options);
    expect(stderr).toMatch(new RegExp(`^${code}: `));
    expect(status).toBeGreaterThan(0);
  });

  test('a range whose audio has expired is refused, with the earliest one that is still there', async () => {
    stopSending.abort();
    await sending;
    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(TOPICS.audio);
    const partitions = offsets
      .filter(({ high }) => Number(high) > 1)
      .map(({ partition, high }) => ({ partition, offset: String(Number(high) - 1) }));
    await admin.deleteTopicRecords({ topic: TOPICS.audio, partitions });
    await admin.disconnect();
    const { stderr } = await replay('--again');
    expect(stderr).toMatch(/^RANGE_NOT_RETAINED: /);
    const earliest = /Ranges from (\S+) on/.exec(stderr)?.[1] as string;
    expect(Date.parse(earliest)).toBeGreaterThan(Date.now() - QUARTER_MS);
    expect(Date.parse(earliest)).toBeLessThan(Date.now() + 2 * QUARTER_MS);
  });
});
