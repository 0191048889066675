import { describe, expect, it } from 'vitest';
import { gammatoneCentres } from './gammatone.js';
import { DEFAULT_MODULATION, type ModulationConfig, ModulationExtractor } from './modulation.js';
import { referenceSound } from './testing/reference-sound.js';

const RATE_HZ = 16_000;
const { lowHz, highHz } = DEFAULT_MODULATION;
const centres = gammatoneCentres(40, lowHz, highHz);

/** The features written out from their definition: convolution, arccosine of DESA-2, sums. */
function slowFrame(samples: Float32Array, config: ModulationConfig): number[] {
  const { bands, contextSamples, windowSamples, bandwidthErbs } = config;
  const length = contextSamples + windowSamples;
  const mean = samples.subarray(0, length).reduce((sum, x) => sum + x, 0) / length;
  const hamming = Array.from(
    { length: windowSamples - 4 },
    (_, n) => 0.54 - 0.46 * Math.cos((2 * Math.PI * (n + 0.5)) / (windowSamples - 4)),
  );
  const powers = gammatoneCentres(bands, config.lowHz, config.highHz).map((hz) => {
    const pole = Math.exp((-2 * Math.PI * bandwidthErbs * (24.7 + 0.107939 * hz)) / RATE_HZ);
    const omega = (2 * Math.PI * hz) / RATE_HZ;
    const response = Array.from(
      { length },
      (_, k) => ((2 * (1 - pole) ** 4 * (k + 1) * (k + 2) * (k + 3)) / 6) * pole ** k * Math.cos(omega * k),
    );
    const filtered = (n: number): number => {
      let sum = 0;
      for (let k = 0; k <= n; k++) sum += (response[k] as number) * ((samples[n - k] as number) - mean);
      return sum;
    };
    const x = Array.from({ length: windowSamples }, (_, n) => filtered(contextSamples + n));
    const teager = (signal: (n: number) => number, n: number) => signal(n) ** 2 - signal(n - 1) * signal(n + 1);
    const X = (n: number) => x[n] as number;
    const difference = (n: number) => X(n + 1) - X(n - 1);
    const weighted = hamming.map((weight, at) => {
      const energy = teager(X, at + 2);
      const cosine = 1 - teager(difference, at + 2) / (2 * energy);
      const sine = Math.sqrt(Math.max(0, (1 - cosine) / 2)); // of the frequency, whose double has this cosine
      return energy > 0 ? (weight * energy) / Math.max(sine, Math.sin(omega / 2)) ** 2 : 0;
    });
    return weighted.reduce((sum, x) => sum + x, 0) / hamming.reduce((sum, x) => sum + x, 0);
  });
  return Array.from({ length: config.coefficients }, (_, k) => {
    const sum = powers.reduce(
      (total, power, band) =>
        total + power ** (1 / config.compressionRoot) * Math.cos((Math.PI * k * (band + 0.5)) / bands),
      0,
    );
    return sum * Math.sqrt((k === 0 ? 1 : 2) / bands);
  });
}

function subBandPowers(samples: Float32Array): number[][] {
  const extractor = new ModulationExtractor(DEFAULT_MODULATION);
  const rows: number[][] = [];
  for (let start = 0; start + extractor.frameSamples <= samples.length; start += extractor.hopSamples) {
    const powers = new Float64Array(40);
    extractor.powersInto(samples, start, powers);
    rows.push([...powers]);
  }
  return rows;
}

describe('ModulationExtractor', () => {
  it.each([
    ['the default', DEFAULT_MODULATION],
    ['other parameters', { ...DEFAULT_MODULATION, bands: 12, lowHz: 200, contextSamples: 400, windowSamples: 240, compressionRoot: 3, coefficients: 7 }], // prettier-ignore
  ])('equals the definition written out, with %s', (_, config) => {
    const extractor = new ModulationExtractor(config);
    for (const start of [0, 13_500, 24_000]) {
      const sound = referenceSound().subarray(start, start + extractor.frameSamples);
      const expected = slowFrame(sound, config);
      const found = extractor.frames(sound);
      expect(found.length).toBe(config.coefficients);
      found.forEach((value, at) => expect(value).toBeCloseTo(expected[at] as number, 6));
    }
  });

  it.each([3, 15, 30])('shows a tone, and its amplitude, in its own sub-band %i', (band) => {
    const tone = Float32Array.from(
      { length: 1_200 },
      (_, n) => 0.3 * Math.cos((2 * Math.PI * (centres[band] as number) * n) / RATE_HZ),
    );
    const [powers] = subBandPowers(tone) as [number[]];
    expect(powers.indexOf(Math.max(...powers))).toBe(band);
    expect(Math.sqrt(powers[band] as number)).toBeCloseTo(0.3, 2);
  });

  it('shows the modulation of a tone in its sub-band, at its rate', () => {
    const [band, modulationHz] = [20, 4];
    const sound = Float32Array.from({ length: 2 * RATE_HZ }, (_, n) => {
      const carrier = Math.cos((2 * Math.PI * (centres[band] as number) * n) / RATE_HZ);
      const steady = Math.cos((2 * Math.PI * (centres[band + 12] as number) * n) / RATE_HZ);
      return 0.2 * (1 + 0.8 * Math.sin((2 * Math.PI * modulationHz * n) / RATE_HZ)) * carrier + 0.2 * steady;
    });
    const rows = subBandPowers(sound);
    const depthAt = (hz: number, inBand: number): number => {
      const values = rows.map((powers) => Math.sqrt(powers[inBand] as number));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const turn = (at: number) => (2 * Math.PI * hz * at) / 100;
      const real = values.reduce((sum, value, at) => sum + (value - mean) * Math.cos(turn(at)), 0);
      const imaginary = values.reduce((sum, value, at) => sum + (value - mean) * Math.sin(turn(at)), 0);
      return (2 * Math.hypot(real, imaginary)) / values.length / mean;
    };
    expect(depthAt(modulationHz, band)).toBeGreaterThan(0.7);
    expect(depthAt(2.3 * modulationHz, band)).toBeLessThan(0.15);
    expect(depthAt(modulationHz, band + 12)).toBeLessThan(0.03);
  });

  it('grows with the level by the root, ignores a constant offset, and gives silence zeros', () => {
    const extractor = new ModulationExtractor(DEFAULT_MODULATION);
    const sound = referenceSound().subarray(24_000, 26_000);
    const plain = extractor.frames(sound);
    const quiet = extractor.frames(sound.map((sample) => sample / 8 + 0.25));
    quiet.forEach((value, at) => expect(value).toBeCloseTo((plain[at] as number) * 64 ** (-1 / 15), 4));
    expect(new Set(extractor.frames(new Float32Array(2_000)))).toEqual(new Set([0]));
  });

  it('has enough context: twice as much changes a coefficient of noise by less than 0.002', () => {
    const longer = { ...DEFAULT_MODULATION, contextSamples: 1_600 };
    const sound = referenceSound().subarray(14_000, 20_000);
    const expected = new ModulationExtractor(longer).frames(sound);
    const found = new ModulationExtractor(DEFAULT_MODULATION).frames(sound.subarray(800));
    expect(found.length).toBe(expected.length);
    found.forEach((value, at) => expect(Math.abs(value - (expected[at] as number))).toBeLessThan(0.002));
  });

  it.each([
    [{ bands: 1 }, 'too few'],
    [{ lowHz: 8_000 }, 'in order'],
    [{ highHz: 8_000 }, 'in order'],
    [{ windowSamples: 4 }, 'no amplitude'],
    [{ coefficients: 41 }, '40 sub-bands'],
  ])('refuses %o', (change, message) => {
    expect(() => new ModulationExtractor({ ...DEFAULT_MODULATION, ...change })).toThrow(message);
  });
});
