import { Store } from '#libs/store';
import { createClient } from '@clickhouse/client';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BreathAlert, BreathEpisode, BreathEstimate, BreathTruth, RateAggregate } from '#libs/contracts';
import { sampleAlert } from '../../support/sample-alert.js';
import { LocalServer } from './servers.js';

const MINUTE = 60_000;
const BUCKET = 15 * MINUTE;
/** A quarter of an hour, so that offsets in tests are easy to read. */
const START = Date.UTC(2026, 9, 24, 21, 45);
const WINDOW_SAMPLES = 96_000;

function estimate(startSeconds: number, changes: Partial<BreathEstimate> = {}): BreathEstimate {
  return {
    subjectId: 'subject-1',
    deviceId: 'device-1',
    sessionId: 'session-1',
    sessionStartedAt: START,
    windowStart: START + startSeconds * 1000,
    startSample: startSeconds * 16_000,
    windowSamples: WINDOW_SAMPLES,
    rrPerMinute: 15,
    rrStdDev: 1.5,
    breathCount: 1.5,
    pNone: 0,
    pNormal: 1,
    pHeavy: 0,
    pNoise: 0,
    quality: 'ok',
    restState: 'rest',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'Europe/Berlin',
    modelVersion: 'm1',
    ...changes,
  };
}

const truth = (startSeconds: number, changes: Partial<BreathTruth> = {}): BreathTruth => ({
  subjectId: 'subject-1',
  deviceId: 'device-1',
  sessionId: 'session-1',
  startedAt: START + startSeconds * 1000,
  durationSeconds: 30,
  rrPerMinute: 15,
  breathing: true,
  snrDb: 99,
  restState: 'rest',
  ...changes,
});

describe('the store over the local server', () => {
  let server: LocalServer;
  let store: Store;
  let rows: <Row>(query: string) => Promise<Row[]>;

  beforeAll(async () => {
    server = await LocalServer.start();
    store = new Store({ url: server.url });
    const client = createClient({ url: server.url, database: 'eupnea' });
    rows = async <Row>(query: string) => (await client.query({ query, format: 'JSONEachRow' })).json<Row>();
    expect(await store.migrate()).toHaveLength(4);
  });

  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  async function empty(): Promise<void> {
    for (const table of [
      'estimates',
      'rate_buckets',
      'simulated_truth',
      'served_versions',
      'rates',
      'episodes',
      'alerts',
    ]) {
      const answer = await fetch(`${server.url}/?database=eupnea`, { method: 'POST', body: `TRUNCATE TABLE ${table}` });
      expect(answer.status).toBe(200);
    }
  }
  beforeEach(empty);

  const contents = async () => ({
    estimates: await rows('SELECT * FROM estimates FINAL ORDER BY ALL'),
    buckets: await rows('SELECT * FROM rate_buckets FINAL ORDER BY ALL'),
  });

  test('migrations run once and may be repeated', async () => {
    expect(await store.migrate()).toEqual([]);
  });

  test('the same windows in any batches, repeated in any order, leave the same rows and buckets', async () => {
    const windows = Array.from({ length: 60 }, (_, k) =>
      estimate(3 * k + 850, {
        subjectId: `subject-${k % 2}`,
        quality: k % 5 === 0 ? 'noisy' : 'ok',
        restState: k % 3 === 0 ? 'active' : 'rest',
        rrPerMinute: Math.fround(12 + k / 10),
      }),
    );
    await store.record(windows);
    const expected = await contents();
    expect(expected.estimates).toHaveLength(60);
    expect(expected.buckets.length).toBeGreaterThan(4);

    const batches = fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 25 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, async (replayed) => {
        await empty();
        for (const [from, length] of replayed) await store.record(windows.slice(from, from + length));
        for (let at = 0; at < windows.length; at += 17) await store.record(windows.slice(at, at + 17));
        expect(await contents()).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });

  test('a window counts once in coverage however much windows overlap, and is split at the edge of a bucket', async () => {
    // Windows at 0, 3, 6 s cover 12 s; one at 897 s reaches 3 s into the next bucket.
    await store.record([estimate(0), estimate(3), estimate(6), estimate(897), estimate(60, { quality: 'noisy' })]);
    const buckets = await rows<Record<string, unknown>>(
      'SELECT windows, accepted, received_ms, accepted_ms, version FROM rate_buckets FINAL ORDER BY bucket',
    );
    expect(buckets).toEqual([
      { windows: 5, accepted: 4, received_ms: 21_000, accepted_ms: 15_000, version: 5 },
      { windows: 0, accepted: 0, received_ms: 3_000, accepted_ms: 3_000, version: 1 },
    ]);
  });

  test('minutes and days agree with a plain computation', async () => {
    const rates = [10, 12, 14, 30];
    await store.record(rates.map((rrPerMinute, k) => estimate(54 + 3 * k, { rrPerMinute })));
    await store.record([estimate(70, { quality: 'not_heard', rrPerMinute: 99 })]);
    const minutes = await store.minuteTrend('subject-1', START, START + BUCKET);
    expect(minutes).toEqual([
      // 54-60 s; the windows at 54 and 57 begin here
      {
        minuteStart: START,
        windows: 2,
        accepted: 2,
        rrPerMinute: expect.toBeOneOf([10, 12]),
        coverage: 0.1,
        receivedShare: 0.1,
        acceptedShare: 1,
      },
      // accepted 60-69 s, received 60-69 and 70-76 s
      {
        minuteStart: START + MINUTE,
        windows: 3,
        accepted: 2,
        rrPerMinute: expect.toBeOneOf([14, 30]),
        coverage: 0.15,
        receivedShare: 0.25,
        acceptedShare: expect.closeTo(2 / 3, 6),
      },
    ]);
    const days = await store.dayTrend('subject-1', START, START + BUCKET, 'UTC');
    expect(days).toEqual([
      {
        day: '2026-10-24',
        windows: 5,
        accepted: 4,
        rrPerMinute: expect.toBeOneOf([12, 14]),
        coverage: expect.closeTo(15 / 86_400, 9),
        receivedShare: expect.closeTo(21 / 86_400, 9),
        acceptedShare: 0.8,
      },
    ]);
  });

  test('days begin at local midnight and know the 25 hours of the end of summer time', async () => {
    // 21:45 UTC is 23:45 in Berlin; half an hour later the 25th has begun, on which clocks go back.
    await store.record([estimate(0), estimate(1800)]);
    const days = await store.dayTrend('subject-1', START - BUCKET, START + 10 * BUCKET, 'Europe/Berlin');
    expect(days.map(({ day, coverage }) => [day, Math.round(6 / coverage / 3600)])).toEqual([
      ['2026-10-24', 24],
      ['2026-10-25', 25],
    ]);
  });

  test('two model versions of the same time never pool', async () => {
    await store.record([estimate(0, { rrPerMinute: 10 }), estimate(3, { rrPerMinute: 10 }), estimate(1000)]);
    await store.record([estimate(0, { rrPerMinute: 20, modelVersion: 'm2' })]);
    const windows = await store.estimatesOf('subject-1', START, START + 2 * BUCKET, 100);
    expect(windows.map(({ modelVersion, rrPerMinute }) => [modelVersion, rrPerMinute])).toEqual([
      ['m2', 20],
      ['m1', 15],
    ]);
    const [minute] = await store.minuteTrend('subject-1', START, START + MINUTE);
    expect(minute).toMatchObject({ windows: 1, rrPerMinute: 20 });
    expect(await rows('SELECT model_version FROM current_estimates ORDER BY window_start')).toHaveLength(2);
    expect(await store.countEstimates()).toBe(4);
  });

  test('a version that only reaches into a quarter of an hour does not hide the one whose windows began there', async () => {
    await store.record([estimate(897, { modelVersion: 'm2' }), estimate(900), estimate(903)]);
    expect(await store.estimatesOf('subject-1', START, START + 2 * BUCKET, 100)).toHaveLength(3);
    expect(await store.listSubjects()).toMatchObject([{ windows: 3 }]);
    const days = await store.dayTrend('subject-1', START, START + 2 * BUCKET, 'UTC');
    expect(days).toMatchObject([{ windows: 3, accepted: 3 }]);
  });

  describe('which version readers see', () => {
    const range = { modelVersion: 'z-new', fromMs: START, toMs: START + BUCKET };
    const replayed = [0, 3, 897].map((at) => estimate(at, { modelVersion: 'z-new', rrPerMinute: 20 }));
    const live = [0, 3, 897, 900].map((at) => estimate(at));

    /** Versions by window, from every reader that there is. */
    async function seen() {
      const versions = (found: { model_version: string }[]) => found.map(({ model_version: version }) => version);
      const windows = await store.estimatesOf('subject-1', START, START + 2 * BUCKET, 100);
      const inOrder = windows.map(({ modelVersion }) => modelVersion);
      expect(versions(await rows('SELECT model_version FROM current_estimates ORDER BY window_start'))).toEqual(
        inOrder,
      );
      const buckets = await rows<{ model_version: string; windows: number; accepted_ms: number }>(
        'SELECT model_version, windows, accepted_ms FROM current_rate_buckets ORDER BY bucket',
      );
      expect(buckets.reduce((sum, bucket) => sum + bucket.windows, 0)).toBe(windows.length);
      expect(versions(buckets)).toEqual([inOrder[0], inOrder.at(-1)]);
      const [day] = await store.dayTrend('subject-1', START, START + 2 * BUCKET, 'UTC');
      expect(day?.windows).toBe(windows.length);
      const coveredMs = buckets.reduce((sum, bucket) => sum + bucket.accepted_ms, 0);
      expect(day?.coverage).toBeCloseTo(coveredMs / 86_400_000, 9);
      return inOrder;
    }

    test('a replay is unseen until the switch, its reach into the next quarter too; the last switch wins', async () => {
      await store.record(live);
      await store.beginReplay(range);
      await store.record(replayed);
      expect(await seen()).toEqual(['m1', 'm1', 'm1', 'm1']);
      await expect(store.switchReaders(range)).rejects.toMatchObject({ code: 'RESCORING_UNFINISHED' });
      await store.endReplay(range);
      await store.beginReplay(range);
      expect(await seen()).toEqual(['m1', 'm1', 'm1', 'm1']);
      await store.switchReaders(range);
      expect(await seen()).toEqual(['z-new', 'z-new', 'z-new', 'm1']);
      await store.switchReaders({ ...range, modelVersion: 'm1' });
      expect(await seen()).toEqual(['m1', 'm1', 'm1', 'm1']);
      await store.switchReaders(range);
      expect(await seen()).toEqual(['z-new', 'z-new', 'z-new', 'm1']);
      expect((await store.saidOfVersions()).map(({ state }) => state)).toEqual(['switch 2', 'switch 3']);
      expect(await store.storedVersions()).toMatchObject([{ windows: 4 }, { modelVersion: 'z-new', windows: 3 }]);
    });

    test('where a subject has no window of the version, the one before stays; without any other, nothing is shown', async () => {
      await store.record(live);
      await store.beginReplay(range);
      await store.record(replayed.map((window) => ({ ...window, subjectId: 'subject-2' })));
      expect(await store.listSubjects()).toMatchObject([{ subjectId: 'subject-1' }]);
      await store.endReplay(range);
      await store.switchReaders(range);
      const windows = await store.estimatesOf('subject-1', START, START + 2 * BUCKET, 100);
      expect(windows.map(({ modelVersion }) => modelVersion)).toEqual(['m1', 'm1', 'm1', 'm1']);
      expect(await store.listSubjects()).toMatchObject([{ windows: 4 }, { subjectId: 'subject-2', windows: 3 }]);
    });

    test('what the live path wrote is told from what replays wrote', async () => {
      await store.record(live);
      expect(await store.firstLiveWindow({ ...range, modelVersion: 'm1', fromMs: START + 1 })).toBe(START + 3_000);
      expect(await store.firstLiveWindow(range)).toBeUndefined();
      await store.beginReplay(range);
      await store.record(replayed);
      expect(await store.firstLiveWindow(range)).toBeUndefined();
      await expect(store.switchReaders({ ...range, modelVersion: 'm0' })).rejects.toMatchObject({
        code: 'VERSION_NOT_STORED',
      });
    });
  });

  test('pages of windows join without a gap, and a range is half-open', async () => {
    const windows = Array.from({ length: 25 }, (_, k) => estimate(3 * k, { deviceId: `device-${k % 2}` }));
    await store.record([...windows, estimate(0, { deviceId: 'device-9' })]);
    const seen = [];
    for (let page = await next(); page.length > 0; page = await next(page.at(-1))) seen.push(...page);
    function next(after?: Awaited<ReturnType<Store['estimatesOf']>>[number]) {
      return store.estimatesOf('subject-1', START, START + 72_000, 7, after);
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen.map((row) => JSON.stringify(row))).size).toBe(25);
    expect(seen.at(-1)?.windowStart).toBe(START + 69_000);
    expect(seen[0]).toMatchObject({ windowStart: START, startSample: 0, windowSeconds: 6, pNormal: 1, stage: 'none' });
  });

  test('a range may begin before 1970 and end after 2106', async () => {
    await store.record([estimate(0)]);
    for (const from of [Date.UTC(1900, 0, 1), -1, 0]) {
      for (const to of [Date.UTC(2105, 0, 1), Date.UTC(2200, 0, 1), Date.UTC(9999, 0, 1)]) {
        expect(await store.estimatesOf('subject-1', from, to, 10)).toHaveLength(1);
        expect(await store.minuteTrend('subject-1', from, to)).toHaveLength(1);
      }
    }
  });

  test('subjects come in pages with their latest accepted rate', async () => {
    await store.record([
      estimate(0, { subjectId: 'b', rrPerMinute: 18 }),
      estimate(3, { subjectId: 'b', quality: 'noisy', rrPerMinute: 50, sessionId: 'session-2' }),
      estimate(0, { subjectId: 'a', quality: 'not_heard' }),
      estimate(0, { subjectId: "c'; DROP TABLE estimates; --\t\\" }),
    ]);
    const subjects = await store.listSubjects({ limit: 2 });
    expect(subjects).toEqual([
      {
        subjectId: 'a',
        firstWindowStart: START,
        lastWindowStart: START,
        windows: 1,
        streams: 1,
        latestRate: null,
        latestRateAt: null,
      },
      {
        subjectId: 'b',
        firstWindowStart: START,
        lastWindowStart: START + 3000,
        windows: 2,
        streams: 2,
        latestRate: 18,
        latestRateAt: START,
      },
    ]);
    const [hostile] = await store.listSubjects({ after: 'b' });
    expect(hostile?.subjectId).toBe("c'; DROP TABLE estimates; --\t\\");
    expect(await store.estimatesOf(hostile?.subjectId ?? '', START, START + 1, 9)).toHaveLength(1);
  });

  test('the running error compares accepted windows with the truth of their own stream, stretch by stretch', async () => {
    expect(await store.runningError(START)).toEqual({ windows: 0, medianAbsoluteError: null, within5Share: null });
    await store.insertTruth([
      truth(0, { rrPerMinute: 14 }),
      truth(30, { rrPerMinute: 25 }),
      truth(60, { breathing: false, rrPerMinute: 0 }),
      truth(0, { sessionId: 'session-2', rrPerMinute: 99 }),
    ]);
    await store.record([
      estimate(0), // 1 from the truth
      estimate(24), // ends with its stretch
      estimate(27), // half in the next one: 4.5 from the mean of both
      estimate(30), // 10 from the truth
      estimate(57), // half without breath: left out
      estimate(60), // no breath there
      estimate(9, { quality: 'noisy' }),
    ]);
    expect(await store.runningError(START)).toEqual({
      windows: 4,
      medianAbsoluteError: 4.5, // the upper of the middle two
      within5Share: 0.75,
    });
    expect(await store.runningError(START + 29_000)).toMatchObject({ windows: 1, medianAbsoluteError: 10 });
  });

  describe('what the alerter told', () => {
    const at = START;
    const rate = (minute: number, changes: Partial<RateAggregate> = {}): RateAggregate => ({
      subjectId: 'subject-1',
      spanStart: at + minute * 60_000,
      spanSeconds: 60,
      ratePerMinute: 15 + minute / 10,
      lowerPerMinute: 12,
      upperPerMinute: null,
      coverage: 0.75,
      receivedShare: 1,
      acceptedWindows: 15,
      restState: 'rest',
      timeZone: 'Europe/Berlin',
      modelVersion: 'm1',
      ...changes,
    });
    const episode = (changes: Partial<BreathEpisode> = {}): BreathEpisode => ({
      episodeId: 'e1',
      subjectId: 'subject-1',
      state: 'open',
      start: at,
      end: null,
      peakPerMinute: 33,
      meanPerMinute: 30.5,
      coverage: 0.5,
      restState: 'unknown',
      modelVersion: 'm1',
      ...changes,
    });
    const told = (alert: BreathAlert, isLate = false) => ({ alert, isLate });
    const ids = (found: BreathAlert[]) => found.map(({ alertId, sequence }) => `${alertId} ${sequence}`);

    test('a span comes back as it was, whatever is repeated, from the version that heard more', async () => {
      const spans = [0, 1, 2].map((minute) => rate(minute));
      const other = rate(1, { modelVersion: 'm2', acceptedWindows: 16, ratePerMinute: null });
      await store.insertRates([...spans, ...spans]);
      await store.insertRates([other, spans[1] as RateAggregate]);
      expect(await store.ratesOf('subject-1', at, at + 120_000)).toEqual([spans[0], other]);
      expect(await store.ratesOf('nobody', at, at + 120_000)).toEqual([]);
    });

    test('the end of an episode replaces its beginning, in whatever order they are written', async () => {
      const closed = episode({ state: 'closed', end: at + 90_000, peakPerMinute: 35 });
      await store.insertEpisodes([closed]);
      await store.insertEpisodes([episode(), episode({ episodeId: 'e2', start: at + 600_000 })]);
      const within = (fromMs: number, toMs: number) => store.episodesOf('subject-1', fromMs, toMs, 10);
      expect(await within(at, at + 1)).toEqual([closed]);
      expect((await within(at + 90_000, at + 700_000)).map(({ episodeId }) => episodeId)).toEqual(['e2', 'e1']);
      expect((await within(at + 90_001, 1e15)).map(({ episodeId }) => episodeId)).toEqual(['e2']); // open to this day
    });

    test('an alert is what its newest record says; a repetition that came late makes it no later', async () => {
      const [first, last] = [sampleAlert('subject-1', at), sampleAlert('subject-1', at + 60_000, { sequence: 1 })];
      const over = { ...last, state: 'resolved', startedAt: at } as const;
      await store.insertAlerts([told(over), told(first)]);
      await store.insertAlerts([told(first, true)]);
      expect(await store.alertsIn({}, at, at + 1, 10)).toEqual([{ ...over, isLate: false }]);
      expect(await store.alertChanges(first.alertId)).toEqual([
        { ...first, isLate: false },
        { ...over, isLate: false },
      ]);
      expect(await store.alertsIn({}, at + 60_001, at + 90_000, 10)).toEqual([]); // over by then
      expect(await store.alertsIn({ state: 'firing' }, at, at + 1, 10)).toEqual([]);
    });

    test('alerts are found by what they are about, and pages of them join', async () => {
      const alerts = ['a1', 'a2', 'a3', 'a4'].map((alertId, n) =>
        sampleAlert(`subject-${n % 2}`, at + Math.floor(n / 2) * 1_000, {
          alertId,
          severity: n < 3 ? 'info' : 'critical',
        }),
      );
      await store.insertAlerts(alerts.map((alert) => told(alert, alert.alertId === 'a2')));
      const all = await store.alertsIn({}, at, at + 5_000, 10);
      expect(ids(all)).toEqual(['a4 0', 'a3 0', 'a2 0', 'a1 0']);
      expect(all.map(({ isLate }) => isLate)).toEqual([false, false, true, false]);
      const [, second] = await store.alertsIn({}, at, at + 5_000, 2);
      expect(ids(await store.alertsIn({}, at, at + 5_000, 2, second))).toEqual(['a2 0', 'a1 0']);
      expect(ids(await store.alertsIn({ subjectId: 'subject-1' }, at, at + 5_000, 10))).toEqual(['a4 0', 'a2 0']);
      expect(ids(await store.alertsIn({ severity: 'critical', ruleId: 'fast' }, at, at + 5_000, 10))).toEqual(['a4 0']);
      expect(await store.alertsIn({ ruleId: 'other' }, at, at + 5_000, 10)).toEqual([]);
    });
  });

  test('many subjects at once go through parameters that would not fit one request line', async () => {
    const windows = Array.from({ length: 1_200 }, (_, k) => estimate(0, { subjectId: `${'s'.repeat(60)}-${k}` }));
    await store.record(windows);
    expect(await store.listSubjects({ limit: 2_000 })).toHaveLength(1_200);
  });
});
