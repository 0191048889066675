import type { Comparison, Difference } from '../evaluation/compare.js';
import { CONDITIONS } from '../evaluation/rate-table.js';

/** A table for people, then, last, the one line of JSON for scripts. With `json`, that line alone. */
export function printComparison({ columns, ...facts }: Comparison, { json = false } = {}): void {
  const compared = CONDITIONS.flatMap((name) => {
    const column = columns[name];
    return column ? [{ name, ...column }] : [];
  });
  const above = compared.filter(({ ccc }) => ccc.lower > 0).map(({ name }) => name);
  if (!json) {
    console.log(`A ${facts.a}, B ${facts.b}: ${facts.segments} segments of ${facts.people} people`);
    const heading = (figure: string) => `${`${figure} A`.padStart(9)}${'B'.padStart(9)}${'A - B [95 %]'.padStart(28)}`;
    console.log(`${' '.repeat(7)}${heading('CCC')}${heading('MAE')}`);
    for (const { name, ccc, mae } of compared) console.log(`${name.padEnd(7)}${figures(ccc, 3)}${figures(mae, 2)}`);
    console.log(`The 95 % interval of the difference in CCC is above 0: ${above.join(', ') || 'nowhere'}.`);
  }
  console.log(JSON.stringify({ ...facts, ...columns, cccAboveEverywhere: above.length === compared.length }));
}

function figures({ a, b, difference, lower, upper }: Difference, digits: number): string {
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
  const interval = `${signed(difference)} [${signed(lower)}, ${signed(upper)}]`;
  return `${a.toFixed(digits).padStart(9)}${b.toFixed(digits).padStart(9)}${interval.padStart(28)}`;
}
