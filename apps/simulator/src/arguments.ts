import { EupneaError } from '#libs/contracts';
import { faultOfId } from '#libs/chunk-checks';
import { InvalidArgumentError } from 'commander';

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600 } as const;
const LARGEST_FLEET = 2_000;
const FASTEST = 10_000;

export function speed(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > FASTEST) throw new InvalidArgumentError(`A number above 0, up to ${FASTEST}, is needed.`);
  return value;
}

export function durationSeconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  const value = Number(match?.[1]) * UNIT_SECONDS[(match?.[2] ?? 's') as keyof typeof UNIT_SECONDS];
  if (!(value > 0)) throw new InvalidArgumentError('A duration such as 60s, 5m or 1h is needed.');
  return value;
}

export function fleetSize(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > LARGEST_FLEET) {
    throw new InvalidArgumentError(`A whole number from 1 to ${LARGEST_FLEET} is needed.`);
  }
  return value;
}

export function seed(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 31)
    throw new InvalidArgumentError('A whole number is needed.');
  return value;
}

/** What the estimator would refuse, record by record, is refused here. */
export function id(text: string): string {
  const fault = faultOfId(text);
  if (fault === undefined) return text;
  throw new InvalidArgumentError(`It ${fault}.`);
}

export function timeZone(text: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    throw new InvalidArgumentError('An IANA time zone such as Europe/Berlin is needed.');
  }
}

/** What is older than 7 days when it arrives is refused; some room is left for the sending itself. */
const LONGEST_PAST_SECONDS = 6.5 * 86_400;

/** @throws EupneaError USAGE */
export function requireRecent(pastSeconds: number): void {
  if (pastSeconds <= LONGEST_PAST_SECONDS) return;
  throw new EupneaError('USAGE', `at this speed it would begin ${(pastSeconds / 86_400).toFixed(1)} days in the past`, {
    hint: 'Times of more than 7 days ago are dead-lettered: send less, or slower.',
  });
}
