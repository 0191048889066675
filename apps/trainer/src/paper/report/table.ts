import type { Spread } from './measures.js';

/** A table of the report as text; the numbers behind it stand in `report.json`. */
export interface Table {
  id: string;
  title: string;
  caption: string;
  columns: readonly string[];
  rows: readonly TableRow[];
}

export interface TableRow {
  /** Printed in the paper, or measured here: never both in one row. */
  source: 'paper' | 'ours';
  /** Starts a group of rows with this heading. */
  section?: string;
  cells: readonly string[];
}

/** Where a figure is not defined, or the paper prints none. */
export const DASH = '–';

/** Mean over seeds, with the range where several seeds differ. */
export function spreadText(spread: Spread | undefined, digits: number): string {
  if (!spread) return DASH;
  const { mean, lowest, highest } = spread;
  const text = mean.toFixed(digits);
  const range = [lowest.toFixed(digits), highest.toFixed(digits)];
  return range[0] === range[1] ? text : `${text} (${range[0]} to ${range[1]})`;
}

export const numberText = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? DASH;
