import { type Prediction, type Reading, type Thresholds, qualityOf, testsOf } from '#libs/breath-model';

/** Why a window's rate was or was not accepted. */
export interface Verdict {
  quality: Reading['quality'];
  /** In one or two words. */
  label: 'accepted' | 'noisy' | 'not heard' | 'unsure' | 'out of range';
  breathClass: 'none' | 'normal' | 'heavy';
  /** Each with the value and the threshold. */
  reasons: string[];
}

export function verdictOf(prediction: Prediction, thresholds: Thresholds): Verdict {
  const { rrPerMinute, rrStdDev, pNone, pNormal, pHeavy, pNoise } = prediction;
  const { isHeard, isSure, isInRange } = testsOf(prediction, thresholds);
  const quality = qualityOf(prediction, thresholds);
  const spread = `standard deviation ${percent(rrStdDev / rrPerMinute)} of the rate, allowed ${percent(thresholds.relativeStdDev)}`;
  const rate = `${rrPerMinute.toFixed(1)} /min, allowed ${thresholds.lowestRate} to ${thresholds.highestRate}`;
  const none = `P(no breathing) ${pNone.toFixed(2)}, allowed below ${thresholds.pNone.toFixed(2)}`;
  const failed = [
    ...(isHeard ? [] : [`breathing is not heard: ${none}`]),
    ...(isSure ? [] : [`the rate is unsure: ${spread}`]),
    ...(isInRange ? [] : [`the rate is out of range: ${rate}`]),
  ];
  const noise = `this is put down to noise: P(noise) ${pNoise.toFixed(2)}, from ${thresholds.pNoise.toFixed(2)} on`;
  return {
    quality,
    label: labelOf(quality, isSure),
    breathClass: pNone >= Math.max(pNormal, pHeavy) ? 'none' : pHeavy > pNormal ? 'heavy' : 'normal',
    reasons: quality === 'ok' ? [none, spread, rate] : quality === 'noisy' ? [...failed, noise] : failed,
  };
}

function labelOf(quality: Reading['quality'], isSure: boolean): Verdict['label'] {
  switch (quality) {
    case 'ok':
      return 'accepted';
    case 'noisy':
      return 'noisy';
    case 'not_heard':
      return 'not heard';
    case 'low_confidence':
      return isSure ? 'out of range' : 'unsure';
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
