import type { BaselineAgreement } from '../evaluation/baseline-agreement.js';
import type { Summary } from '../evaluation/summarise.js';

const COLUMNS = ['clean', 'snr20', 'snr10', 'snr5', 'snr0'] as const;

/** A table for people, then, last, the one line of JSON for scripts. With `json`, that line alone. */
export function printSummary(summary: Summary, { json = false } = {}): void {
  if (!json) {
    console.log('                segments     CCC       r  MAE/min     MSE(z)  accepted');
    const noisy = COLUMNS.map((name) => [name, summary[name]] as const);
    for (const [name, column] of [...noisy, ...Object.entries(summary.conditions)]) {
      if (column === undefined) continue;
      const { n, ccc, r, mae, mse, accepted } = column;
      const figures = [ccc.toFixed(3), r.toFixed(3), mae.toFixed(2), mse.toFixed(3), accepted.toFixed(3)];
      console.log(`${name.padEnd(16)}${String(n).padStart(8)}${figures.map((figure) => figure.padStart(9)).join('')}`);
    }
    const { n, ccc, mae, within5 } = summary.recordings;
    printBaselines(summary.baselines);
    console.log(
      `recordings ${n}: CCC ${ccc.toFixed(3)}, MAE ${mae.toFixed(2)}, within 5 /min ${(100 * within5).toFixed(0)} %`,
    );
    if (summary.paced) {
      const { n, ccc, mae, accepted } = summary.paced;
      const share = `${(100 * accepted).toFixed(0)} % of their windows accepted`;
      console.log(`paced minutes ${n}: CCC ${ccc.toFixed(3)}, MAE ${mae.toFixed(2)}, ${share}`);
    }
  }
  console.log(JSON.stringify(summary));
}

const NOISY = ['snr20', 'snr10', 'snr5', 'snr0'] as const;

/** CCC of every baseline in every column, MAE of clean segments. */
export function printBaselines(baselines: Record<string, BaselineAgreement>): void {
  console.log('CCC of baselines   clean    snr20    snr10     snr5     snr0  MAE/min');
  for (const [name, agreement] of Object.entries(baselines)) {
    const columns = [agreement, ...NOISY.map((level) => agreement[level])];
    const figures = [...columns.map((column) => column?.ccc.toFixed(3) ?? '-'), agreement.mae.toFixed(2)];
    console.log(`${name.padEnd(15)}${figures.map((figure) => figure.padStart(9)).join('')}`);
  }
}
