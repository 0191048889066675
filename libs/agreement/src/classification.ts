import { mean } from './statistics.js';

/** F1 of one class: 2 TP / (2 TP + FP + FN). NaN when the class is neither present nor predicted. */
export function f1<Label>(predicted: readonly Label[], actual: readonly Label[], positive: Label): number {
  if (predicted.length !== actual.length) {
    throw new RangeError(`${predicted.length} predictions for ${actual.length} labels`);
  }
  let hits = 0;
  let misses = 0;
  for (let i = 0; i < actual.length; i++) {
    const found = predicted[i] === positive;
    const present = actual[i] === positive;
    if (found && present) hits += 1;
    else if (found || present) misses += 1;
  }
  return (2 * hits) / (2 * hits + misses);
}

/** Mean of the classes' F1, every class with the same weight; classes neither present nor predicted are left out. */
export function macroF1<Label>(
  predicted: readonly Label[],
  actual: readonly Label[],
  classes: readonly Label[],
): number {
  return mean(classes.map((label) => f1(predicted, actual, label)).filter((score) => !Number.isNaN(score)));
}
