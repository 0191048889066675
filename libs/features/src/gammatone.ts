/** Stages of a filter: a gammatone of fourth order fits the ear's (Patterson and Holdsworth 1996). */
const ORDER = 4;

/** Equivalent rectangular bandwidth of the ear at a frequency, in Hz (Glasberg and Moore 1990). */
function erbHz(hz: number): number {
  return 24.7 * (1 + 0.00437 * hz);
}

/** Number of those bandwidths below a frequency (Glasberg and Moore 1990), and the inverse. */
const erbsBelow = (hz: number): number => 21.4 * Math.log10(1 + 0.00437 * hz);
const hzOfErbs = (erbs: number): number => (10 ** (erbs / 21.4) - 1) / 0.00437;

/** Centre frequencies from `lowHz` to `highHz`, evenly spaced in bandwidths of the ear. */
export function gammatoneCentres(bands: number, lowHz: number, highHz: number): number[] {
  const low = erbsBelow(lowHz);
  const step = (erbsBelow(highHz) - low) / (bands - 1);
  return Array.from({ length: bands }, (_, band) => hzOfErbs(low + band * step));
}

/**
 * A gammatone filter in Hohmann's form (2002): the sound is shifted to 0 Hz, passes four equal one-pole low-passes and is
 * shifted back. Its impulse response is 2 (1 - p)^4 C(n + 3, 3) p^n cos(w n), with gain 1 at the centre frequency.
 */
export class GammatoneFilter {
  private readonly pole: number;
  private readonly cosines: Float64Array;
  private readonly sines: Float64Array;

  /**
   * @param bandwidthErbs of the one-pole stages, in ERB of the centre frequency
   * @param longest samples that `filterInto` is ever given
   */
  constructor(centreHz: number, sampleRateHz: number, bandwidthErbs: number, longest: number) {
    this.pole = Math.exp((-2 * Math.PI * bandwidthErbs * erbHz(centreHz)) / sampleRateHz);
    const angle = (2 * Math.PI * centreHz) / sampleRateHz;
    this.cosines = Float64Array.from({ length: longest }, (_, n) => Math.cos(angle * n));
    this.sines = Float64Array.from({ length: longest }, (_, n) => Math.sin(angle * n));
  }

  /** Filters a sound from rest, as if silence lay before it. Writes its last `target.length` samples. */
  filterInto(sound: Float64Array, target: Float64Array): void {
    const { pole, cosines, sines } = this;
    const gain = (1 - pole) ** ORDER;
    const first = sound.length - target.length;
    let [r1, r2, r3, r4, i1, i2, i3, i4] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let n = 0; n < sound.length; n++) {
      const sample = sound[n] as number;
      const cosine = cosines[n] as number;
      const sine = sines[n] as number;
      r1 = pole * r1 + sample * cosine;
      i1 = pole * i1 - sample * sine;
      r2 = pole * r2 + r1;
      i2 = pole * i2 + i1;
      r3 = pole * r3 + r2;
      i3 = pole * i3 + i2;
      r4 = pole * r4 + r3;
      i4 = pole * i4 + i3;
      if (n >= first) target[n - first] = 2 * gain * (r4 * cosine - i4 * sine);
    }
  }
}
