import { PART_NAMES } from './ablations.js';
import type { RuleReport } from './report.js';

/** The last four are those of PART_NAMES. */
const COLUMNS = ['alerts', 'a week', 'min', 'median', 'to alert', '-for', '-hyst.', '-cover.', '-gaps'] as const;
const WIDTH = 9;
/** A rule that tells about everybody so often, in alerts per person and hour, watches nothing. */
const MOST_PER_HOUR = 1;
const HOURS_OF_WEEK = 168;

/** The table of a terminal: a line per rule, and under it a line per person. */
export function tableOf(reports: readonly RuleReport[]): string {
  const names = reports.flatMap(({ ruleId, people }) => [ruleId, ...people.map(({ subjectId }) => `  ${subjectId}`)]);
  const first = Math.max(6, ...names.map((name) => name.length));
  const line = (name: string, cells: readonly (string | number | null)[]) =>
    [name.padEnd(first), ...cells.map((cell) => String(cell ?? '-').padStart(WIDTH))].join(' ').trimEnd();
  const lines = [line('rule', COLUMNS)];
  for (const report of reports) {
    lines.push(
      line(report.ruleId, [...figuresOf(report), ...PART_NAMES.map((part) => signed(report.suppressedBy[part]))]),
    );
    for (const person of report.people) lines.push(line(`  ${person.subjectId}`, figuresOf(person)));
  }
  return lines.join('\n');
}

/** Rules that would be heard about everybody all the time, each in a sentence. */
export function warningsOf(reports: readonly RuleReport[]): string[] {
  return reports
    .filter(({ perPersonWeek }) => (perPersonWeek ?? 0) > MOST_PER_HOUR * HOURS_OF_WEEK)
    .map(
      ({ ruleId, perPersonWeek }) =>
        `${ruleId}: ${((perPersonWeek as number) / HOURS_OF_WEEK).toFixed(1)} alerts per person and hour of sound. Nobody reads that many; raise its threshold or its \`for\`.`,
    );
}

const figuresOf = ({
  alerts,
  perPersonWeek,
  totalMinutes,
  medianMinutes,
  medianMinutesToAlert,
}: Omit<RuleReport, 'ruleId' | 'suppressedBy' | 'people'>) => [
  alerts,
  perPersonWeek,
  totalMinutes,
  medianMinutes,
  medianMinutesToAlert,
];

const signed = (more: number) => (more > 0 ? `+${more}` : String(more));
