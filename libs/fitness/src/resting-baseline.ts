import { medianOf } from './median.js';
import type { RestDay } from './rest-days.js';

/** METHOD, "Clinical conventions": a trailing window that ended today would absorb the rise. */
const BASELINE = {
  fromDaysBack: 16,
  toDaysBack: 3,
  leastDays: 5,
  leastMinutes: 5,
  /** A rise is not told from a change of what is heard when the accepted share moved by more than this. */
  acceptedShareShift: 0.2,
} as const;

export interface RestingBaseline {
  perMinute: number;
  /** Standard error of one day's median minus the baseline, from the spread of the baseline's own days. */
  standardError: number;
  acceptedShare: number;
}

const counts = ({ minutes }: RestDay) => minutes >= BASELINE.leastMinutes;

/** The resting baseline of a day: the median of the daily rest medians of days d-16 to d-3, from at least 5 of them. */
export function restingBaseline(days: readonly RestDay[], day: number): RestingBaseline | undefined {
  const { fromDaysBack, toDaysBack, leastDays } = BASELINE;
  const window = days.filter((past) => past.day >= day - fromDaysBack && past.day <= day - toDaysBack && counts(past));
  if (window.length < leastDays) return undefined;
  const medians = window.map(({ medianPerMinute }) => medianPerMinute);
  const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
  const variance = medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (medians.length - 1);
  return {
    perMinute: medianOf(medians),
    // The variance of a median of n normal values is pi / 2n of theirs; the day itself adds one more.
    standardError: Math.sqrt(variance * (1 + Math.PI / (2 * medians.length))),
    acceptedShare: medianOf(window.map(({ acceptedShare }) => acceptedShare)),
  };
}

/**
 * By how much the resting rate lay above the baseline on the two days before `today`, in breaths per minute: the
 * smaller of the two. 0 where either day is within 2 standard errors; undefined without two such days in a row, without
 * a baseline, or where the accepted share moved by over 20 points. METHOD flags what is then above 3.
 */
export function restingRise(days: readonly RestDay[], today: number): number | undefined {
  const rises = [today - 2, today - 1].map((day) => {
    const own = days.find((past) => past.day === day);
    const baseline = restingBaseline(days, day);
    if (own === undefined || baseline === undefined || !counts(own)) return undefined;
    if (Math.abs(own.acceptedShare - baseline.acceptedShare) > BASELINE.acceptedShareShift) return undefined;
    const rise = own.medianPerMinute - baseline.perMinute;
    return rise > 2 * baseline.standardError ? rise : 0;
  });
  const [first, second] = rises;
  return first === undefined || second === undefined ? undefined : Math.min(first, second);
}

/**
 * Trend of the daily rest medians over the `lengthDays` days before `today`, breaths per minute per day: the median of
 * the slopes of all pairs of days (Theil and Sen), which one odd day does not move. Undefined from fewer than 5 days.
 */
export function restingSlope(days: readonly RestDay[], today: number, lengthDays: number): number | undefined {
  const window = days.filter((past) => past.day >= today - lengthDays && past.day < today && counts(past));
  if (window.length < BASELINE.leastDays) return undefined;
  const slopes = window.flatMap((late, index) =>
    window.slice(0, index).map((early) => (late.medianPerMinute - early.medianPerMinute) / (late.day - early.day)),
  );
  return medianOf(slopes);
}
