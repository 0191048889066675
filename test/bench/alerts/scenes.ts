import { type NamedRule, type RuleSet, parseRuleTests, runRuleTest } from '#libs/alert-rules';

type Rule = NamedRule['rule'];
type RateSignal = Extract<Rule['signal'], { kind: 'rate' }>;

/** One window, which may straddle the beginning. */
export const WINDOW_S = 6;
export const BEYOND_PER_MINUTE = 5;
const RESTING_RATES = [8, 10, 12, 14, 16, 18, 20, 22];

interface Scene {
  name: string;
  rule?: string;
  series: object[];
  expect: object[];
}

/** The rate above which a rule speaks; undefined for a rule about something else. */
export const thresholdOf = ({ signal, when }: Rule): number | undefined =>
  signal.kind === 'rate' && when.above?.factor === 0 ? when.above.offset : undefined;

/**
 * Episodes that are 5 /min beyond a rule's threshold: it must fire once the condition has held for its `for`, and at
 * most one span and one window later. Resting rates before it from 8 to 22 /min; windows that read the truth, or
 * alternate around it; all of them accepted, or two of three. They alternate by 1 /min only: a span holds an odd number
 * of windows, so that its median is off by as much, and the lower bound leaves room for 1.7 /min.
 */
export function episodesOf(rule: Rule): Scene[] {
  const heavy = (thresholdOf(rule) as number) + BEYOND_PER_MINUTE;
  const afterExertionS = (rule.select.sinceExertion?.atLeast ?? 0) / 1000;
  const forS = rule.for / 1000;
  const slackS = (rule.signal as RateSignal).span / 1000 + WINDOW_S;
  return RESTING_RATES.flatMap((resting) =>
    [0, 1].flatMap((jitter) =>
      [false, true].map((isPatchy): Scene => {
        const before = [{ for: '40m', rate: resting, jitter }];
        const lead = afterExertionS > 0 ? [...before, { for: '20m', rate: 40, restState: 'active' }] : before;
        const leadS = afterExertionS > 0 ? 3600 : 2400;
        const length = afterExertionS + forS + slackS + 30;
        return {
          name: `${rule.id}: ${heavy} /min after ${resting} /min, jitter ${jitter}${isPatchy ? ', patchy' : ''}`,
          rule: rule.id,
          series: [
            ...lead,
            ...(isPatchy ? patchy(length, heavy, jitter) : [{ for: `${length}s`, rate: heavy, jitter }]),
          ],
          expect: [{ state: 'firing', at: `${leadS + afterExertionS + forS + slackS / 2}s`, within: `${slackS / 2}s` }],
        };
      }),
    ),
  );
}

/** Each third window is not accepted. */
function patchy(lengthS: number, rate: number, jitter: number): object[] {
  const parts: object[] = [];
  for (let at = 0; at < lengthS; at += 9) {
    parts.push({ for: '6s', rate, jitter }, { for: '3s', rate, jitter, quality: 'noisy' });
  }
  return parts;
}

/** What sounds like trouble and is none: no rule may speak. */
export function decoys(): Scene[] {
  const rest = { for: '10m', rate: 16 };
  const scene = (name: string, ...series: object[]): Scene => ({ name, series: [rest, ...series, rest], expect: [] });
  return [
    scene('a burst of four minutes', { for: '4m', rate: 40 }),
    scene('ten bursts of two minutes', ...Array.from({ length: 10 }, () => [{ for: '2m', rate: 45 }, { for: '3m', rate: 16 }]).flat()), // prettier-ignore
    scene('noise that reads fast', { for: '30m', rate: 50, quality: 'noisy', noise: 0.9 }),
    scene('noise with every fifth window accepted', ...Array.from({ length: 100 }, () => [{ for: '3s', rate: 50 }, { for: '12s', rate: 50, quality: 'noisy' }]).flat()), // prettier-ignore
    scene('two minutes, a gap, two minutes', { for: '2m', rate: 40 }, { for: '8m', silent: true }, { for: '2m', rate: 40 }), // prettier-ignore
    scene('four minutes, then silence for good', { for: '4m', rate: 40 }, { for: '60m', silent: true }),
    scene('four minutes before and after a long gap', { for: '4m', rate: 40 }, { for: '20m', silent: true }, { for: '4m', rate: 40 }), // prettier-ignore
    scene('the estimator is away in between', { for: '3m', rate: 40 }, { for: '90m', silent: true, away: true }),
    scene('half an hour of exertion', { for: '30m', rate: 45, restState: 'active' }),
    scene('exertion and a slow recovery', { for: '20m', rate: 45, restState: 'active' }, { for: '10m', rate: [45, 22] }, { for: '30m', rate: 20 }), // prettier-ignore
    scene('heavy for eleven minutes after exertion', { for: '20m', rate: 45, restState: 'active' }, { for: '11m', rate: 32 }), // prettier-ignore
    scene('an hour of whatever it is, not known to be rest', { for: '60m', rate: 35, restState: 'unknown' }),
    scene('an hour around the threshold', { for: '60m', rate: 25, jitter: 6 }),
  ];
}

/** @returns the names of the scenes that went otherwise than they should, with what happened */
export function failedScenes(scenes: readonly Scene[], rules: RuleSet): string[] {
  const { tests } = parseRuleTests(JSON.stringify({ rules: ['-'], tests: scenes }), 'scenes');
  return tests.flatMap((test) => {
    const faults = runRuleTest(test, rules);
    return faults.length > 0 ? [`${test.name}: ${faults.join('; ')}`] : [];
  });
}
