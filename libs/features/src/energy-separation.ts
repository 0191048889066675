/** Samples that DESA-2 reads on either side of the one that it judges. */
export const DESA_REACH = 2;

/**
 * Square of a narrow-band signal's amplitude at each sample, by the discrete energy separation algorithm (DESA-2;
 * Maragos, Kaiser and Quatieri 1993). With the Teager-Kaiser operator E(x)[n] = x[n]^2 - x[n-1] x[n+1] and
 * y[n] = x[n+1] - x[n-1], a tone of angular frequency w has E(x) = A^2 sin^2 w and E(y) = 4 A^2 sin^4 w; so
 * sin^2 w = E(y) / (4 E(x)) and A^2 = E(x) / sin^2 w. A negative E(x) gives 0.
 * @param signal its outermost DESA_REACH samples serve as neighbours only
 * @param lowestSineSquared below it an estimate of sin^2 w is a fault: where the envelope nearly vanishes the quotient
 * means nothing and would blow up
 * @param target [signal.length - 2 DESA_REACH]
 */
export function squaredAmplitudes(signal: Float64Array, lowestSineSquared: number, target: Float64Array): void {
  let [a, b, c, d] = [signal[0], signal[1], signal[2], signal[3]] as [number, number, number, number];
  for (let n = 0; n < target.length; n++) {
    const e = signal[n + 2 * DESA_REACH] as number;
    const energy = c * c - b * d;
    const difference = d - b;
    const energyOfDifference = difference * difference - (c - a) * (e - c);
    const sineSquared = Math.max(energyOfDifference / (4 * energy), lowestSineSquared);
    target[n] = energy > 0 ? energy / sineSquared : 0;
    [a, b, c, d] = [b, c, d, e];
  }
}
