/** An estimator that takes its estimates for published as soon as they are handed over. Only for negative controls. */
import './append-later.js';

await import('../../../apps/estimator/src/main.js');
