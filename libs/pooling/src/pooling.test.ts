import type { BreathEpisode, BreathEstimate, RateAggregate } from '#libs/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpisodeDetector } from './episode-detector.js';
import { DEFAULT_ERROR_MODEL, halfWidthOf, probabilityAbove } from './error-model.js';
import { DEFAULT_POOLING } from './options.js';
import { SlidingPool } from './sliding-pool.js';
import { SpanAggregator } from './span-aggregator.js';
import { SpanUnion } from './span-union.js';
import { LATENESS_MS, SubjectIntake } from './subject-intake.js';
import { type WindowSample, middleOf, toSample } from './window-sample.js';

const estimate = (second: number, changes: Partial<BreathEstimate> = {}): BreathEstimate => ({
  subjectId: 'anna',
  deviceId: 'd',
  sessionId: 's',
  sessionStartedAt: 0,
  windowStart: second * 1000,
  startSample: second * 16_000,
  windowSamples: 96_000,
  rrPerMinute: 15,
  rrStdDev: 1,
  breathCount: 1.5,
  pNone: 0,
  pNormal: 1,
  pHeavy: 0,
  pNoise: 0,
  quality: 'ok',
  restState: 'rest',
  stage: 'none',
  environment: 'indoor',
  timeZone: 'UTC',
  modelVersion: 'm1',
  ...changes,
});

const windowArbitrary = fc.record({
  startMs: fc.nat(200_000),
  lengthMs: fc.integer({ min: 4_000, max: 7_000 }),
  rateTenths: fc.oneof(fc.constant(-1), fc.integer({ min: 50, max: 1500 })),
  noise: fc.nat(255),
});
const sampleOf = ({ startMs, lengthMs, rateTenths, noise }: { startMs: number; lengthMs: number; rateTenths: number; noise: number }): WindowSample => ({ startMs, endMs: startMs + lengthMs, rateTenths, none: 255 - noise, normal: 0, heavy: 0, noise }); // prettier-ignore

/** Counts the milliseconds one by one, in steps that the arbitrary intervals are multiples of. */
function coveredBySteps(
  intervals: readonly (readonly [number, number])[],
  fromMs: number,
  toMs: number,
  stepMs: number,
) {
  let covered = 0;
  for (let at = fromMs; at < toMs; at += stepMs) {
    if (intervals.some(([start, end]) => start <= at && end > at)) covered += stepMs;
  }
  return covered;
}

describe('the union of spans', () => {
  it('is that of counting, in any order and behind any left edge', () => {
    const interval = fc
      .tuple(fc.nat(100), fc.integer({ min: 1, max: 20 }))
      .map(([start, length]) => [start, start + length] as const);
    const steps = fc.array(fc.oneof(interval, fc.nat(120)), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (drawn) => {
        const union = new SpanUnion();
        const added: (readonly [number, number])[] = [];
        let left = 0;
        for (const one of drawn) {
          if (typeof one === 'number') {
            left = Math.max(left, one);
            union.trim(left);
          } else {
            union.add(...one);
            added.push(one);
          }
          expect(union.coveredMs).toBe(coveredBySteps(added, left, 200, 1));
        }
      }),
    );
  });
});

describe('a sliding pool', () => {
  it('says what the whole array says, whatever the order, and after any restore', () => {
    fc.assert(
      fc.property(
        fc.array(windowArbitrary, { maxLength: 60 }),
        fc.integer({ min: 10_000, max: 90_000 }),
        fc.nat(60),
        (drawn, spanMs, cut) => {
          let pool = new SlidingPool(spanMs);
          const seen: WindowSample[] = [];
          let clockMs = 0;
          drawn.map(sampleOf).forEach((sample, index) => {
            seen.push(sample);
            clockMs = Math.max(clockMs, sample.endMs);
            pool.add(sample);
            pool.advance(clockMs);
            if (index === cut) pool = SlidingPool.restore(spanMs, clockMs, JSON.parse(JSON.stringify(pool.snapshot())));
            const left = clockMs - spanMs;
            const inside = seen.filter((one) => middleOf(one) > left);
            const rates = inside
              .filter(({ rateTenths }) => rateTenths >= 0)
              .map(({ rateTenths }) => rateTenths / 10)
              .sort((a, b) => a - b);
            expect(pool.receivedWindows).toBe(inside.length);
            expect(pool.acceptedWindows).toBe(rates.length);
            if (rates.length > 0) {
              const half = rates.length >> 1;
              const median =
                rates.length % 2 ? rates[half] : ((rates[half - 1] as number) + (rates[half] as number)) / 2;
              expect(pool.ratePerMinute).toBeCloseTo(median as number, 9);
              expect(pool.shareAbove(25)).toBeCloseTo(rates.filter((rate) => rate > 25).length / rates.length, 12);
            }
            if (inside.length > 0) {
              expect(pool.meanProbability('noise')).toBeCloseTo(
                inside.reduce((sum, { noise }) => sum + noise, 0) / 255 / inside.length,
                12,
              );
            }
            const spans = (of: WindowSample[]) => of.map(({ startMs, endMs }) => [startMs, endMs] as const);
            expect(pool.receivedShare).toBeCloseTo(unionLength(spans(seen), left) / spanMs, 12);
            expect(pool.coverage).toBeCloseTo(
              unionLength(spans(seen.filter(({ rateTenths }) => rateTenths >= 0)), left) / spanMs,
              12,
            );
          });
        },
      ),
    );
  });

  it('keeps what the tail of a window covers although its middle has left the span', () => {
    const pool = new SlidingPool(10_000);
    for (const startMs of [0, 8_000]) pool.add(sampleOf({ startMs, lengthMs: 6_000, rateTenths: 150, noise: 0 }));
    pool.advance(14_000);
    const restored = SlidingPool.restore(10_000, 14_000, JSON.parse(JSON.stringify(pool.snapshot())));
    for (const one of [pool, restored]) {
      expect([one.acceptedWindows, one.coverage, one.receivedShare]).toEqual([1, 0.8, 0.8]);
    }
  });
});

function unionLength(intervals: readonly (readonly [number, number])[], left: number): number {
  let covered = 0;
  let through = left;
  for (const [start, end] of [...intervals].sort(([a], [b]) => a - b)) {
    covered += Math.max(0, end - Math.max(start, through));
    through = Math.max(through, end);
  }
  return covered;
}

describe('what time it is for a person', () => {
  it('is the end of their newest window, and moves on in silence as the watermarks do, from the first one after it', () => {
    const intake = new SubjectIntake();
    intake.accept(estimate(0));
    expect(intake.clockMs).toBe(6_000);
    expect(intake.advanceTo(5_000_000)).toBe(0);
    expect(intake.clockMs).toBe(6_000);
    expect(intake.advanceTo(5_040_000)).toBe(40_000);
    expect(intake.clockMs).toBe(46_000);
    intake.accept(estimate(42)); // sent in one go with what was missed
    expect(intake.clockMs).toBe(48_000);
    intake.advanceTo(6_000_000);
    expect(intake.clockMs).toBe(48_000);
  });

  it('is not moved by repeats, which leave no trace', () => {
    const intake = new SubjectIntake();
    [0, 3, 6].forEach((second) => intake.accept(estimate(second)));
    intake.advanceTo(100_000);
    intake.advanceTo(130_000);
    const before = intake.snapshot();
    expect([0, 3, 6].map((second) => intake.accept(estimate(second, { modelVersion: 'm2' })))).toEqual(
      Array(3).fill('duplicate'),
    );
    expect(intake.snapshot()).toEqual(before);
  });

  it('makes late what lies far behind, from any device, and keeps few streams in mind', () => {
    const intake = new SubjectIntake();
    for (let session = 0; session < 500; session++) intake.accept(estimate(session * 60, { sessionId: `s${session}` }));
    expect(intake.snapshot().streams.length).toBeLessThanOrEqual(LATENESS_MS / 60_000 + 2);
    expect(intake.accept(estimate(500, { sessionId: 'other' }))).toBe('late');
    expect(intake.accept(estimate(500 * 60 - 500, { sessionId: 'other' }))).toBe('fresh');
  });
});

function aggregates(estimates: readonly BreathEstimate[], untilSecond: number): RateAggregate[] {
  const aggregator = new SpanAggregator('anna', DEFAULT_POOLING);
  const closed = estimates.flatMap((one) => {
    aggregator.add(toSample(one), one);
    return aggregator.advance(one.windowStart + 6_000);
  });
  return [...closed, ...aggregator.advance(untilSecond * 1000)];
}

describe('aggregates of 60 s', () => {
  const everyThreeSeconds = Array.from({ length: 60 }, (_, index) => estimate(index * 3));

  it('pool each window once, with the interval of both variances', () => {
    const [first, second] = aggregates(everyThreeSeconds, 1000) as [RateAggregate, RateAggregate];
    const half = halfWidthOf({ ratePerMinute: 15, acceptedWindows: 20, steadiness: 1 }, DEFAULT_ERROR_MODEL);
    expect(second).toMatchObject({
      spanStart: 60_000,
      spanSeconds: 60,
      ratePerMinute: 15,
      lowerPerMinute: 15 - half,
      upperPerMinute: 15 + half,
      coverage: 1,
      receivedShare: 1,
      acceptedWindows: 20,
      restState: 'rest',
    });
    expect(first.acceptedWindows).toBe(19); // no window begins before the session, so none has its middle at 0 s
  });

  it('have a wider interval where acceptance flickers than the number of windows alone makes it', () => {
    const width = (isAccepted: (index: number) => boolean) => {
      const windows = everyThreeSeconds.map((one, index) => ({ ...one, quality: isAccepted(index) ? one.quality : ('noisy' as const) })); // prettier-ignore
      const [, { lowerPerMinute, upperPerMinute }] = aggregates(windows, 1000) as [RateAggregate, RateAggregate];
      return (upperPerMinute as number) - (lowerPerMinute as number);
    };
    const ofTen = 2 * halfWidthOf({ ratePerMinute: 15, acceptedWindows: 10, steadiness: 1 }, DEFAULT_ERROR_MODEL);
    expect(width((index) => Math.floor(index / 10) % 2 === 0)).toBeCloseTo(ofTen, 9); // half a minute of noise
    expect(width((index) => index % 2 === 0)).toBeGreaterThan(2.5 * ofTen);
    // Three of four: as wide as the residuals of such recordings say, and so wider than ten in a row.
    const flickering = { ratePerMinute: 15, acceptedWindows: 15, steadiness: 0.75 };
    expect(width((index) => index % 4 !== 0)).toBeCloseTo(2 * halfWidthOf(flickering, DEFAULT_ERROR_MODEL), 9);
    expect(width((index) => index % 4 !== 0)).toBeGreaterThan(1.2 * ofTen);
  });

  it('cover what accepted windows cover together, and of the received what came', () => {
    const noisy = everyThreeSeconds.map((one, index) => (index >= 10 ? { ...one, quality: 'noisy' as const } : one));
    const [first] = aggregates(noisy.slice(0, 15), 1000) as [RateAggregate];
    expect(first.coverage).toBeCloseTo(33 / 60, 12);
    expect(first.receivedShare).toBeCloseTo(48 / 60, 12);
  });

  it('have no rate without an accepted window, and do not exist without any window', () => {
    const silent = [
      ...everyThreeSeconds.slice(0, 3).map((one) => ({ ...one, quality: 'not_heard' as const })),
      estimate(200),
    ];
    const [first, ...rest] = aggregates(silent, 1000) as [RateAggregate];
    expect(first).toMatchObject({ ratePerMinute: null, lowerPerMinute: null, acceptedWindows: 0, coverage: 0 });
    expect(rest.map(({ spanStart }) => spanStart)).toEqual([180_000]);
  });

  it('that mix rest and activity are of unknown state', () => {
    const mixed = everyThreeSeconds.map((one, index) => (index >= 30 ? { ...one, restState: 'active' as const } : one));
    expect(aggregates(mixed, 1000).map(({ restState }) => restState)).toEqual(['rest', 'unknown', 'active', 'active']);
  });

  it('never pool two versions of the model', () => {
    const updated = everyThreeSeconds.map((one, index) =>
      index >= 10 ? { ...one, modelVersion: 'm2', rrPerMinute: 20 } : one,
    );
    expect(aggregates(updated, 1000)[0]).toMatchObject({ modelVersion: 'm2', ratePerMinute: 20, acceptedWindows: 9 });
  });

  it('leave out what comes after they were closed', () => {
    const [first] = aggregates([...everyThreeSeconds, estimate(10, { rrPerMinute: 90, sessionId: 'late' })], 1000) as [
      RateAggregate,
    ];
    expect(first.ratePerMinute).toBe(15);
  });
});

function episodesOf(rates: readonly (number | null)[], until = rates.length * 3 + 600): BreathEpisode[] {
  const detector = new EpisodeDetector('anna', DEFAULT_POOLING);
  const records = rates.flatMap((rate, index) => {
    if (rate === null) return [];
    const one = estimate(index * 3, { rrPerMinute: rate });
    return detector.add(toSample(one), one, (index * 3 + 6) * 1000);
  });
  return [...records, ...detector.advance(until * 1000)];
}

describe('episodes of heavy breathing', () => {
  const steady = (rate: number | null, windows: number) => Array<number | null>(windows).fill(rate);

  it('open at P >= 0.8 and close below 0.5', () => {
    const rates = [...steady(15, 40), ...steady(32, 60), ...steady(15, 60)];
    const [opened, closed] = episodesOf(rates) as [BreathEpisode, BreathEpisode];
    expect(opened).toMatchObject({ state: 'open', end: null });
    expect(closed).toMatchObject({
      state: 'closed',
      episodeId: opened.episodeId,
      start: opened.start,
      peakPerMinute: 32,
      restState: 'rest',
    });
    expect(closed.coverage).toBe(1);
    // The median turns when half of the span is heavy, on either side.
    expect((opened.start - 126_000) / 1000).toBeGreaterThan(25);
    expect((opened.start - 126_000) / 1000).toBeLessThan(40);
    expect(((closed.end as number) - opened.start) / 1000).toBeCloseTo(180, -1);
  });

  it('do not open at a rate that is above the threshold with too little probability', () => {
    const windows = { ratePerMinute: 25.8, acceptedWindows: 20, steadiness: 1 };
    expect(probabilityAbove(25, windows, DEFAULT_ERROR_MODEL)).toBeLessThan(0.8);
    expect(episodesOf([...steady(15, 40), ...steady(25.8, 60)])).toEqual([]);
  });

  it('do not flicker between the two probabilities', () => {
    const wobbling = Array.from({ length: 200 }, (_, index) => (index % 40 < 20 ? 32 : 25.5));
    expect(episodesOf([...steady(32, 30), ...wobbling]).map(({ state }) => state)).toEqual(['open', 'closed']);
  });

  it('end in silence where they last were heavy', () => {
    const records = episodesOf([...steady(32, 40)], 40 * 3 + 70);
    expect(records.at(-1)).toMatchObject({ state: 'closed', end: 39 * 3_000 + 6_000 });
  });

  it('never come from the class head', () => {
    const detector = new EpisodeDetector('anna', DEFAULT_POOLING);
    const records = Array.from({ length: 60 }, (_, index) => estimate(index * 3, { pHeavy: 1, pNormal: 0 })).flatMap(
      (one) => detector.add(toSample(one), one, one.windowStart + 6_000),
    );
    expect(records).toEqual([]);
  });
});
