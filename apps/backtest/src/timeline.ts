import type { PlotSpec } from '#libs/plots';
import type { AlertSpan } from './alert-spans.js';

const MOST_ROWS = 40;

/** When each rule would have told about whom: a bar per alert, a row per person, a panel per rule. */
export function timeline(spans: readonly AlertSpan[], fromMs: number, toMs: number): PlotSpec {
  const everybody = [...new Set(spans.map(({ subjectId }) => subjectId))].sort();
  const people = everybody.slice(0, MOST_ROWS);
  return {
    title: { text: 'Alerts that the rules would have raised', subtitle: subtitleOf(everybody.length) },
    data: {
      values: spans
        .filter(({ subjectId }) => people.includes(subjectId))
        .map(({ ruleId, subjectId, toldAtMs, endedAtMs }) => ({ ruleId, subjectId, from: toldAtMs, to: endedAtMs })),
    },
    facet: { row: { field: 'ruleId', type: 'nominal', title: null, header: { labelAngle: 0, labelAlign: 'left' } } },
    spec: {
      width: 640,
      height: { step: 18 },
      mark: { type: 'bar', minBandSize: 4 },
      encoding: {
        x: { field: 'from', type: 'temporal', title: null, scale: { domain: [fromMs, toMs], type: 'utc' } },
        x2: { field: 'to' },
        y: { field: 'subjectId', type: 'nominal', title: null },
        color: { field: 'ruleId', type: 'nominal', legend: null },
      },
    },
    resolve: { scale: { y: 'independent' } },
  };
}

const subtitleOf = (people: number) =>
  people > MOST_ROWS ? `UTC; the first ${MOST_ROWS} people with any` : 'UTC; people without any are left out';
