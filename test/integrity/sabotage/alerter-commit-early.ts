/** An alerter that takes its alerts for published as soon as they are handed over. Only for negative controls. */
import './append-later.js';

await import('../../../apps/alerter/src/main.js');
