const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

interface Zone {
  format: Intl.DateTimeFormat;
  quarter: number;
  offsetMs: number;
}

/** Offsets change on quarters of an hour only, so each zone remembers the last one that was asked for. */
const zones = new Map<string, Zone>();

/** A moment on a clock and a calendar. */
export interface LocalTime {
  /** Days since 1970-01-01 of the local calendar. */
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  /** 0 to 1439. */
  minuteOfDay: number;
}

export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Date and wall-clock time in an IANA time zone; where clocks go back, the same times come twice.
 * @throws RangeError for a zone that does not exist
 */
export function localTimeOf(epochMs: number, timeZone: string): LocalTime {
  const localMs = epochMs + offsetOf(epochMs, timeZone);
  const day = Math.floor(localMs / DAY_MS);
  return { day, weekday: (((day + 4) % 7) + 7) % 7, minuteOfDay: Math.floor((localMs - day * DAY_MS) / 60_000) };
}

function offsetOf(epochMs: number, timeZone: string): number {
  const zone = zoneOf(timeZone);
  const quarter = Math.floor(epochMs / QUARTER_MS);
  if (zone.quarter !== quarter) {
    zone.quarter = quarter;
    zone.offsetMs = computeOffset(quarter * QUARTER_MS, zone.format);
  }
  return zone.offsetMs;
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const zone = { format, quarter: NaN, offsetMs: 0 };
  zones.set(timeZone, zone);
  return zone;
}

function computeOffset(epochMs: number, format: Intl.DateTimeFormat): number {
  const parts = Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
  const { year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - epochMs;
}
