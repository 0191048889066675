import { type NamedRule, compileRules, parseRules } from '#libs/alert-rules';
import { yamlTexts } from '#libs/yaml-source';
import { EupneaError } from '#libs/contracts';
import type { Store } from '#libs/store';
import { PART_NAMES, type Part, setWithout } from './ablations.js';
import { type AlertSpan, onlyIn, spansOf } from './alert-spans.js';
import { alertsOver } from './replay.js';
import { type RuleReport, reportOf } from './report.js';
import { receivedMs, subjectsIn, windowsOf } from './stored-windows.js';

export interface BacktestOptions {
  /** A rule file or a folder of them. */
  rules: string;
  /** Another version of them. */
  against?: string;
  fromMs: number;
  toMs: number;
  /** Empty for everybody. */
  subjects: readonly string[];
  onProgress?: (done: number, total: number) => void;
}

export interface Backtest {
  people: number;
  windows: number;
  personWeeks: number;
  rules: RuleReport[];
  spans: AlertSpan[];
  /** Alerts during which the other version is silent, and the reverse. */
  disagreement?: { onlyHere: AlertSpan[]; onlyThere: AlertSpan[] };
}

/**
 * Runs rules over the windows in the store, one person after another.
 * @throws EupneaError RULES_INVALID, FILE_NOT_FOUND, STORE_UNAVAILABLE, NO_WINDOWS
 */
export async function backtest(store: Store, options: BacktestOptions): Promise<Backtest> {
  const { fromMs, toMs, onProgress } = options;
  const named = enabled(parseRules(yamlTexts(options.rules)));
  const set = compileRules(named);
  const others = options.against === undefined ? undefined : compileRules(enabled(parseRules(yamlTexts(options.against)))); // prettier-ignore
  const ablated = new Map(PART_NAMES.map((part) => [part, setWithout(part, named)]));

  const spans: AlertSpan[] = [];
  const theirs: AlertSpan[] = [];
  const without = new Map<Part, AlertSpan[]>(PART_NAMES.map((part) => [part, []]));
  const received = new Map<string, number>();
  let count = 0;
  const subjects = await subjectsIn(store, options.subjects);
  for (const [index, subjectId] of subjects.entries()) {
    const windows = await windowsOf(store, subjectId, fromMs, toMs);
    if (windows.length > 0) {
      count += windows.length;
      received.set(subjectId, receivedMs(windows));
      const told = (rules: typeof set) => spansOf(alertsOver(windows, rules, toMs), toMs);
      spans.push(...told(set));
      if (others) theirs.push(...told(others));
      for (const [part, rules] of ablated) without.get(part)?.push(...told(rules));
    }
    onProgress?.(index + 1, subjects.length);
  }
  if (count === 0) {
    throw new EupneaError('NO_WINDOWS', 'the store holds no window of these people in this range', {
      hint: 'GET /v1/subjects of the api lists whom it knows, with their first and last window.',
    });
  }
  const personMs = [...received.values()].reduce((sum, ms) => sum + ms, 0);
  return {
    people: received.size,
    windows: count,
    personWeeks: Number((personMs / (7 * 86_400_000)).toFixed(4)),
    rules: reportOf(named.map(({ rule }) => rule.id), spans, without, received), // prettier-ignore
    spans,
    ...(others ? { disagreement: { onlyHere: onlyIn(spans, theirs), onlyThere: onlyIn(theirs, spans) } } : {}),
  };
}

const enabled = (named: readonly NamedRule[]): NamedRule[] => named.filter(({ rule }) => rule.enabled);
