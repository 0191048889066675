import { type Prediction, qualityOf } from '#libs/breath-model';
import { describe, expect, it } from 'vitest';
import { chooseThresholds } from './choose-thresholds.js';

const saying = (pNone: number, rrStdDev: number): Prediction => ({
  ...{ rrPerMinute: 20, rrStdDev, pNone, pNormal: 1 - pNone, pHeavy: 0, pNoise: 0 },
});
const fixed = { pNoise: 0.5, lowestRate: 6, highestRate: 125 };
/** Windows of breath: the later, the less sure; one in twenty is hardly heard. */
const breathing = Array.from({ length: 100 }, (_, at) => saying(at % 20 === 19 ? 0.3 : 0.002, 0.5 + at / 50));

function chosenAgainst(cough: Prediction) {
  return chooseThresholds(breathing, {
    acceptedShare: 0.8,
    falseAccepts: (thresholds) => [qualityOf(cough, thresholds) === 'ok' ? 1 : 0],
    fixed,
  });
}

describe('the thresholds', () => {
  it('refuse a sure rate of something that is heard as breath-free a little more than breath is', () => {
    const cough = saying(0.03, 0.4);
    const thresholds = chosenAgainst(cough);
    expect(thresholds && qualityOf(cough, thresholds)).not.toBe('ok');
    const accepted = breathing.filter((window) => thresholds && qualityOf(window, thresholds) === 'ok');
    expect(accepted.length).toBeGreaterThanOrEqual(80);
  });

  it('stay above the steps in which probabilities are published', () => {
    expect(chosenAgainst(saying(0.001, 0.4))?.pNone).toBeGreaterThanOrEqual(0.02);
  });

  it('are none where too few windows can be accepted', () => {
    const deaf = breathing.map((window) => ({ ...window, rrPerMinute: 3 }));
    expect(chooseThresholds(deaf, { acceptedShare: 0.8, falseAccepts: () => [], fixed })).toBeUndefined();
  });
});
