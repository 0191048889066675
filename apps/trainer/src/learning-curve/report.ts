import { type CurvePoint, type CurveStep, NAMES, SHOWN, type Spread } from './curve.js';
import { errorAt, fitPowerLaw, fits } from './power-law.js';
import type { Condition } from '../evaluation/rate-table.js';

/** What was done, as it stands in the report. */
export interface CurveFacts {
  recipe: string;
  steps: number;
  testPeople: number;
  testSegments: number;
}

export const PLOT_FILE = 'learning-curve.svg';

/** The learning curve as Markdown, and in plain words what more data would buy. */
export function curveMarkdown(facts: CurveFacts, curve: readonly CurveStep[], points: readonly CurvePoint[]): string {
  const { recipe, steps, testPeople, testSegments } = facts;
  const shown = SHOWN.filter((condition) => curve.every(({ columns }) => columns[condition]));
  const heads = shown.flatMap((condition) => [`CCC ${NAMES[condition]}`, `MAE ${NAMES[condition]}`]);
  const rows = curve.map(({ people, columns }) => {
    const cells = shown.flatMap((condition) => {
      const figures = columns[condition];
      return figures ? [spreadText(figures.ccc, 3), spreadText(figures.mae, 2)] : [];
    });
    return `| ${[people, ...cells].join(' | ')} |`;
  });
  const blocks = [
    `# Learning curve of ${recipe}`,
    `Trained for ${steps} steps on nested subsets of people and measured on ${testSegments} segments of the same ${testPeople} other people. Mean over the seeds, and their range; MAE in breaths per minute.`,
    [`| people | ${heads.join(' | ')} |`, `| ---: |${' ---: |'.repeat(heads.length)}`, ...rows].join('\n'),
    `![CCC and MAE against people](${PLOT_FILE})`,
    '## What more data would buy',
    shown.map((condition) => `- **${NAMES[condition]}**: ${boughtText(curve, condition)}`).join('\n'),
    `The ${testPeople} people held out are a small sample of all people: ${intervalText(points, curve, shown)}. The curve compares sizes on these same people; its height on others may differ by as much.`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function spreadText({ mean, lowest, highest }: Spread, digits: number): string {
  const range = lowest === highest ? '' : ` (${lowest.toFixed(digits)} to ${highest.toFixed(digits)})`;
  return `${mean.toFixed(digits)}${range}`;
}

function boughtText(curve: readonly CurveStep[], condition: Condition): string {
  return `${lastStepText(curve, condition)} ${lawText(curve, condition)}`;
}

/** Whether the last people that were added changed anything. */
function lastStepText(curve: readonly CurveStep[], condition: Condition): string {
  const [before, last] = curve.slice(-2);
  const from = before?.columns[condition]?.mae;
  const to = last?.columns[condition]?.mae;
  if (!before || !last || !from || !to) return 'One size is no curve.';
  const moved = `From ${before.people} to ${last.people} people the MAE goes from ${from.mean.toFixed(2)} to ${to.mean.toFixed(2)}`;
  if (before.seeds < 2 || last.seeds < 2) return `${moved}; one seed does not tell how much of that is chance.`;
  const chance = Math.max(from.highest - from.lowest, to.highest - to.lowest);
  const apart = `seeds of one size are up to ${chance.toFixed(2)} apart`;
  if (Math.abs(from.mean - to.mean) <= chance) return `${moved}, and ${apart}: no change that can be told from chance.`;
  const verdict = to.mean < from.mean ? 'more people still help' : 'it got worse';
  return `${moved}, and ${apart}: ${verdict}.`;
}

function lawText(curve: readonly CurveStep[], condition: Condition): string {
  const sizes = curve.map(({ people, columns }) => ({ people, error: columns[condition]?.mae.mean as number }));
  const law = fitPowerLaw(sizes);
  if (!law) return 'No power law is fitted: it takes three sizes.';
  const share = `it explains ${(100 * law.rSquared).toFixed(0)} % of the variance of ln MAE`;
  if (law.exponent <= 0) return 'No power law: the MAE does not fall with people.';
  if (!fits(law)) return `No power law fits (${share}; 90 % is asked for), so that nothing is extrapolated.`;
  const largest = (sizes.at(-1) as { people: number }).people;
  const formula = `${law.factor.toFixed(2)} x people^-${law.exponent.toFixed(2)}`;
  return `The power law MAE = ${formula} fits (${share}): with ${2 * largest} people it gives ${errorAt(law, 2 * largest).toFixed(2)}. That is an extrapolation, not a measurement.`;
}

/** Of the largest size's first seed. */
function intervalText(points: readonly CurvePoint[], curve: readonly CurveStep[], shown: readonly Condition[]): string {
  const largest = curve.at(-1)?.people;
  const intervals = points.find(({ people }) => people === largest)?.cccIntervals ?? {};
  const parts = shown.flatMap((condition) => {
    const interval = intervals[condition];
    return interval ? [`${interval.lower.toFixed(3)} to ${interval.upper.toFixed(3)} (${NAMES[condition]})`] : [];
  });
  return `with ${largest} people trained on, the 95 % interval by person of the CCC is ${parts.join(', ')}`;
}
