import type { RateAggregate } from '#libs/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localTimeOf } from './local-time.js';
import { RecoveryTracker, type RecoveryWindow } from './recovery.js';
import { type RestDay, RestDays } from './rest-days.js';
import { restingBaseline, restingRise, restingSlope } from './resting-baseline.js';
import { RestingFigures } from './resting-figures.js';

const DAY_MS = 86_400_000;

const minute = (startMs: number, rate: number | null, changes: Partial<RateAggregate> = {}): RateAggregate => ({
  subjectId: 'anna',
  spanStart: startMs,
  spanSeconds: 60,
  ratePerMinute: rate,
  lowerPerMinute: rate,
  upperPerMinute: rate,
  coverage: 0.9,
  receivedShare: 1,
  acceptedWindows: 18,
  restState: 'rest',
  timeZone: 'UTC',
  modelVersion: 'm1',
  ...changes,
});

describe('local time', () => {
  it('is that of the calendar and the clock, on either side of UTC', () => {
    expect(localTimeOf(0, 'UTC')).toEqual({ day: 0, weekday: 4, minuteOfDay: 0 });
    expect(localTimeOf(0, 'America/New_York')).toEqual({ day: -1, weekday: 3, minuteOfDay: 19 * 60 });
    expect(localTimeOf(0, 'Asia/Kolkata')).toEqual({ day: 0, weekday: 4, minuteOfDay: 330 });
  });

  it('has days of 23 and of 25 hours', () => {
    const hoursOf = (date: string) => {
      const start = Date.parse(`${date}T00:00:00Z`) - 12 * 3_600_000;
      const { day } = localTimeOf(Date.parse(`${date}T12:00:00Z`), 'Europe/Berlin');
      return Array.from({ length: 48 }, (_, hour) => localTimeOf(start + hour * 3_600_000, 'Europe/Berlin').day).filter(
        (one) => one === day,
      ).length;
    };
    expect(['2026-03-29', '2026-06-01', '2026-10-25'].map(hoursOf)).toEqual([23, 24, 25]);
  });
});

it('local time is that of the calendar in any zone at any moment', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'America/Santiago']; // prettier-ignore
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.parse('1990-01-01'), max: Date.parse('2037-01-01') }),
      (timeZone, epochMs) => {
        const text = new Date(epochMs).toLocaleString('sv-SE', { timeZone }); // 2026-11-26 10:15:00
        const local = Date.parse(`${text.replace(' ', 'T')}Z`);
        expect(localTimeOf(epochMs, timeZone)).toEqual({
          day: Math.floor(local / DAY_MS),
          weekday: new Date(local).getUTCDay(),
          minuteOfDay: Math.floor((local % DAY_MS) / 60_000),
        });
      },
    ),
    { numRuns: 300 },
  );
});

describe('days at rest', () => {
  it('have the median of their accepted minutes at rest, and nothing else in it', () => {
    const days = new RestDays();
    [14, 15, 16, 17].forEach((rate, index) => days.add(minute(index * 60_000, rate)));
    days.add(minute(300_000, 90, { restState: 'active' }));
    days.add(minute(360_000, 90, { restState: 'unknown' }));
    days.add(minute(420_000, 90, { coverage: 0.2 }));
    days.add(minute(480_000, null, { coverage: 0 }));
    expect(days.finished()).toEqual([]);
    days.add(minute(DAY_MS, 15));
    expect(days.finished()).toEqual([
      { day: 0, medianPerMinute: 15.5, minutes: 4, acceptedShare: expect.closeTo(3.8 / 6, 9) as number },
    ]);
  });

  it("are the person's own calendar days; a traveller's step back stays with the day in progress", () => {
    const days = new RestDays();
    days.add(minute(Date.parse('2026-01-05T23:30:00Z'), 14, { timeZone: 'Asia/Tokyo' })); // the 6th there
    days.add(minute(Date.parse('2026-01-06T01:00:00Z'), 14, { timeZone: 'America/New_York' })); // the 5th there
    expect(days.finished()).toEqual([]);
    expect(days.today).toBe(Date.parse('2026-01-06') / DAY_MS);
  });

  it('stay bounded, and survive a snapshot', () => {
    const days = new RestDays();
    for (let day = 0; day < 200; day++) {
      for (let at = 0; at < 200; at++) days.add(minute(day * DAY_MS + at * 60_000, 10 + ((day * 7 + at) % 150) / 10));
    }
    const text = JSON.stringify(days.snapshot());
    expect(text.length).toBeLessThan(5_000);
    const restored = RestDays.restore(JSON.parse(text));
    [days, restored].forEach((one) => one.add(minute(200 * DAY_MS, 15)));
    expect(restored.snapshot()).toEqual(days.snapshot());
  });
});

const restDays = (...rates: (number | null)[]): RestDay[] =>
  rates.flatMap((rate, day) =>
    rate === null ? [] : [{ day, medianPerMinute: rate, minutes: 10, acceptedShare: 0.9 }],
  );

describe('the resting baseline', () => {
  it('is the median of days d-16 to d-3, so that a rise is not absorbed by it', () => {
    const rates = [50, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 90, 90];
    expect(restingBaseline(restDays(...rates), 17)?.perMinute).toBe(18.5); // days 1 to 14
  });

  it('needs five days of five accepted minutes each', () => {
    expect(restingBaseline(restDays(14, 14, 14, 14), 10)).toBeUndefined();
    expect(restingBaseline(restDays(14, 14, 14, 14, 14), 10)?.perMinute).toBe(14);
    const scant = restDays(14, 14, 14, 14, 14).map((day, index) => (index === 2 ? { ...day, minutes: 4 } : day));
    expect(restingBaseline(scant, 10)).toBeUndefined();
  });
});

describe('the rise of the resting rate', () => {
  const calm = [14, 14.4, 13.6, 14.2, 13.8, 14, 14];

  it('is the smaller one of two days in a row', () => {
    expect(restingRise(restDays(...calm, 14, 14, 19, 18), 11)).toBeCloseTo(4, 9);
    expect(restingRise(restDays(...calm, 14, 14, 14, 18), 11)).toBe(0);
    expect(restingRise(restDays(...calm, 14, 14, 19, null), 11)).toBeUndefined();
  });

  it("is 0 within two standard errors of the person's own spread", () => {
    expect(restingRise(restDays(10, 18, 11, 17, 10, 18, 12, 16, 14, 18, 18), 11)).toBe(0);
  });

  it('is unknown when the accepted share moved by over 20 points', () => {
    const quieter = restDays(...calm, 14, 14, 19, 19).map((day) =>
      day.day >= 9 ? { ...day, acceptedShare: 0.6 } : day,
    );
    expect(restingRise(quieter, 11)).toBeUndefined();
  });
});

it('the slope over days is not moved by one odd day', () => {
  const rising = Array.from({ length: 14 }, (_, day) => 14 + 0.1 * day);
  expect(restingSlope(restDays(...rising), 14, 14)).toBeCloseTo(0.1, 9);
  rising[13] = 40;
  expect(restingSlope(restDays(...rising), 14, 14)).toBeCloseTo(0.1, 2);
  expect(restingSlope(restDays(14, 15, 16, 17), 4, 14)).toBeUndefined();
});

it('figures are those of today, and change with the day', () => {
  const days = new RestDays();
  const figures = new RestingFigures(days);
  expect(figures.baseline()).toBeUndefined();
  for (let day = 0; day < 12; day++)
    for (let at = 0; at < 6; at++) days.add(minute(day * DAY_MS + at * 60_000, 10 + day));
  expect(figures.baseline()?.perMinute).toBe(14);
  expect(figures.newestRate()).toBe(20);
  expect(figures.slope(14)).toBeCloseTo(1, 9);
  days.add(minute(12 * DAY_MS, 22));
  expect(figures.baseline()?.perMinute).toBe(14.5);
});

describe('recovery', () => {
  const windows = (rateAt: (second: number) => number | null): RecoveryWindow[] =>
    Array.from({ length: 100 }, (_, index) => {
      const second = index * 3;
      const isDuring = second + 6 <= 120;
      const isAfter = second >= 120;
      return {
        startMs: second * 1000,
        endMs: (second + 6) * 1000,
        ratePerMinute: rateAt(second + 3),
        restState: 'unknown',
        stage: isDuring ? 'during' : isAfter ? 'after' : 'none',
      };
    });
  const latest = (all: readonly RecoveryWindow[], tracker = new RecoveryTracker()) => {
    for (const window of all) {
      tracker.add(window);
      tracker.advance(window.endMs);
    }
    return tracker.latest;
  };

  it('is the median before the end minus that around the minute after', () => {
    expect(latest(windows((second) => (second < 120 ? 44 : second < 160 ? 36 : 24)))).toEqual({
      endedAtMs: 120_000,
      dRr60PerMinute: 20,
      refused: null,
    });
  });

  it('is refused, with the reason, when too little was accepted', () => {
    const refused = latest(windows((second) => (second > 125 && second < 180 ? null : 30)));
    expect(refused).toMatchObject({ dRr60PerMinute: null, refused: 'too little accepted' });
    const unheard = latest(windows((second) => (second > 80 && second <= 120 ? null : 30)));
    expect(unheard).toMatchObject({ refused: 'nothing heard before the end' });
  });

  it('survives a snapshot in its middle', () => {
    const all = windows((second) => (second < 120 ? 44 : 24));
    const tracker = new RecoveryTracker();
    latest(all.slice(0, 55), tracker);
    const restored = RecoveryTracker.restore(JSON.parse(JSON.stringify(tracker.snapshot())));
    expect(latest(all.slice(55), restored)).toEqual(latest(all));
    expect(restored.exertionEndedAtMs).toBe(120_000);
  });
});
