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
  const { lowestRate, highestRate } = thresholds;
  const none = `P(no breathing) ${compared(pNone, isHeard ? '<' : '≥', thresholds.pNone, 2)}`;
  const spread = `sd / rate ${compared(rrStdDev / rrPerMinute, isSure ? '≤' : '>', thresholds.relativeStdDev, 3)}`;
  const range = `rate ${rrPerMinute.toFixed(1)} ${isInRange ? 'within' : 'outside'} ${lowestRate} to ${highestRate}`;
  const failed = [
    ...(isHeard ? [] : [`breathing is not heard: ${none}`]),
    ...(isSure ? [] : [`the rate is unsure: ${spread}`]),
    ...(isInRange ? [] : [`the rate is out of range: ${range}`]),
  ];
  const noise = `noise is the reason given: P(noise) ${compared(pNoise, '≥', thresholds.pNoise, 2)}`;
  return {
    quality,
    label: labelOf(quality, isSure),
    breathClass: pNone >= Math.max(pNormal, pHeavy) ? 'none' : pHeavy > pNormal ? 'heavy' : 'normal',
    reasons: quality === 'ok' ? [none, spread, range] : quality === 'noisy' ? [...failed, noise] : failed,
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

/** A value and its threshold, with as many more digits as it takes to tell them apart. */
function compared(value: number, sign: '<' | '≤' | '>' | '≥', threshold: number, digits: number): string {
  const isTold = value === threshold || digits >= 6 || value.toFixed(digits) !== threshold.toFixed(digits);
  return isTold
    ? `${value.toFixed(digits)} ${sign} ${threshold.toFixed(digits)}`
    : compared(value, sign, threshold, digits + 1);
}
