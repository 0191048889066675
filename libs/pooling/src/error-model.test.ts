import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { groupBy, mean, quantile } from '#libs/agreement';
import { DEFAULT_ERROR_MODEL, type ErrorModel, normalCdf, steadinessOf } from './error-model.js';
import { type ResidualSequence, fitErrorModel } from './fit-error-model.js';
import { SpanUnion } from './span-union.js';

/** Enough for the ends of a 95 % interval by person. */
const DRAWS_OF_PEOPLE = 200;

describe('the error model', () => {
  it('is that of the out-of-fold windows of the shipped model, as far as so many people can tell', () => {
    const people = [...groupBy(outOfFoldResiduals(), ({ person }) => person).values()];
    expect(people.length).toBeGreaterThan(40);
    const random = seeded();
    const fits = Array.from({ length: DRAWS_OF_PEOPLE }, () => {
      const drawn = people.map((_, at) => ({ at, own: people[Math.floor(random() * people.length)] ?? [] }));
      const sequences = drawn.flatMap(({ at, own }) => own.map((one) => ({ ...one, person: String(at) })));
      return fitErrorModel(sequences, random);
    });

    const expectWithin = (value: number, of: (fit: ErrorModel) => number) => {
      const fitted = fits.map(of);
      expect(value).toBeGreaterThan(quantile(fitted, 0.025));
      expect(value).toBeLessThan(quantile(fitted, 0.975));
    };
    expectWithin(DEFAULT_ERROR_MODEL.withinStdDev, ({ withinStdDev }) => withinStdDev);
    expectWithin(DEFAULT_ERROR_MODEL.fastStdDev, ({ fastStdDev }) => fastStdDev);
    DEFAULT_ERROR_MODEL.betweenStdDev.forEach(({ steadiness, stdDev }, place) => {
      expect(fits[0]?.betweenStdDev[place]?.steadiness).toBe(steadiness);
      expectWithin(stdDev, ({ betweenStdDev }) => betweenStdDev[place]?.stdDev ?? 0);
    });
  });

  it('is within a quarter of the fit itself, but for the width of flickering acceptance, which weighs another model', () => {
    const fitted = fitErrorModel(outOfFoldResiduals(), seeded());
    const expectNear = (value: number, found: number) => expect(Math.abs(found / value - 1)).toBeLessThan(0.25);
    expectNear(DEFAULT_ERROR_MODEL.withinStdDev, fitted.withinStdDev);
    expectNear(DEFAULT_ERROR_MODEL.fastStdDev, fitted.fastStdDev);
    for (const place of [0, 2]) {
      expectNear(DEFAULT_ERROR_MODEL.betweenStdDev[place]?.stdDev ?? 0, fitted.betweenStdDev[place]?.stdDev ?? 0);
    }
  });

  it('finds the two variances that errors were drawn with', () => {
    const random = seeded();
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const sequences = Array.from({ length: 400 }, (_, person) => {
      const isHardToHear = person % 2 === 1;
      const bias = (isHardToHear ? 6 : 2) * normal();
      const errors = Array.from({ length: 12 }, () => bias + 3 * normal());
      return { person: String(person), errors, ratePerMinute: 15, steadiness: isHardToHear ? 0.5 : 0.9 };
    });
    const fitted = fitErrorModel(sequences, random);
    expect(fitted.betweenStdDev[0]?.stdDev).toBeCloseTo(2, 0);
    expect(fitted.betweenStdDev[2]?.stdDev).toBeCloseTo(6, 0);
    // A median of normal errors is wider than their mean by sqrt(pi / 2).
    expect(fitted.withinStdDev).toBeGreaterThan(3.3);
    expect(fitted.withinStdDev).toBeLessThan(4.2);
  });

  it('has the normal distribution of the tables', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 6);
    expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalCdf(-0.841621)).toBeCloseTo(0.2, 6);
  });
});

function seeded(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Accepted windows by recording and noise level, in their order. */
function outOfFoldResiduals(): ResidualSequence[] {
  const file = new URL('../../../models/default-folds/windows.csv', import.meta.url);
  const [header, ...lines] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const column = (name: string) => (header as string[]).indexOf(name);
  const windows = groupBy(lines, (row) => ['seed', 'recording_id', 'snr_db'].map((name) => row[column(name)]).join());
  return [...windows.values()].flatMap((rows) => {
    const heard = rows.filter((row) => row[column('quality')] === 'ok');
    if (heard.length === 0) return [];
    const lengthOf = (those: string[][]) => {
      const union = new SpanUnion();
      for (const row of those) {
        const startMs = 1000 * Number(row[column('start_s')]);
        union.add(startMs, startMs + 1000 * Number(row[column('seconds')]));
      }
      return union.coveredMs;
    };
    return {
      person: heard[0]?.[column('subject_id')] as string,
      errors: heard.map((row) => Number(row[column('predicted_rr_bpm')]) - Number(row[column('rr_bpm')])),
      ratePerMinute: mean(heard.map((row) => Number(row[column('rr_bpm')]))),
      steadiness: steadinessOf({
        acceptedWindows: heard.length,
        receivedWindows: rows.length,
        acceptedLength: lengthOf(heard),
        receivedLength: lengthOf(rows),
      }),
    };
  });
}
