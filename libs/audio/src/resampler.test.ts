import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Resampler } from './resampler.js';

const OUTPUT_RATE_HZ = 16_000;

function resample(rateHz: number, samples: Float32Array, firstSample = 0): Float32Array {
  const resampler = new Resampler(rateHz);
  resampler.start(firstSample);
  return join([resampler.push(samples), resampler.end()]);
}

function join(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const tone = (rateHz: number, hertz: number, seconds = 0.5, from = 0) =>
  Float32Array.from({ length: Math.round(rateHz * seconds) }, (_, i) =>
    Math.sin((2 * Math.PI * hertz * (from + i)) / rateHz),
  );

const rms = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

/** Level of a full-scale tone behind the filter, away from the edges, relative to the tone. */
function gainDb(rateHz: number, hertz: number): number {
  const output = resample(rateHz, tone(rateHz, hertz)).slice(1000, -1000);
  return 20 * Math.log10(rms(output) * Math.SQRT2);
}

const RATES = [8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 96_000];

describe.each(RATES)('the filter at %i Hz', (rateHz) => {
  const lower = Math.min(rateHz, OUTPUT_RATE_HZ);

  test('is flat within 0.01 dB up to 0.45 of the lower rate', () => {
    for (let step = 1; step <= 18; step++) expect(Math.abs(gainDb(rateHz, (step / 40) * lower))).toBeLessThan(0.01);
  });

  test('leaves less than -80 dB of what lies beyond 0.55 of the lower rate', () => {
    if (rateHz > OUTPUT_RATE_HZ) {
      const top = rateHz / 2 - 50;
      for (let step = 0; step <= 30; step++) {
        expect(gainDb(rateHz, 8_800 + (step / 30) * (top - 8_800))).toBeLessThan(-80);
      }
      return;
    }
    // When the rate rises, what must be gone are the images: the rest behind the tone that belongs there.
    for (const hertz of [0.1 * lower, 0.3 * lower, 0.45 * lower]) {
      const output = resample(rateHz, tone(rateHz, hertz));
      const error = output.map((sample, n) => sample - Math.sin((2 * Math.PI * hertz * n) / OUTPUT_RATE_HZ));
      expect(20 * Math.log10(rms(error.slice(1000, -1000)) * Math.SQRT2)).toBeLessThan(-80);
    }
  });

  test('keeps the place of a tone on the grid', () => {
    const hertz = 437;
    const output = resample(rateHz, tone(rateHz, hertz));
    for (let n = 1000; n < 2000; n++) {
      expect(output[n]).toBeCloseTo(Math.sin((2 * Math.PI * hertz * n) / OUTPUT_RATE_HZ), 3);
    }
  });
});

const anyRun = fc.record({
  rateHz: fc.oneof(fc.constantFrom(...RATES, 16_000, 2_000, 4_500), fc.integer({ min: 8_000, max: 96_000 })),
  firstSample: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 96_000 * 86_400 })),
  samples: fc.float32Array({ min: -1, max: 1, noNaN: true, maxLength: 3_000 }),
  cuts: fc.array(fc.nat(3_000), { maxLength: 12 }),
});

test('cutting a stream anywhere changes no bit', () => {
  fc.assert(
    fc.property(anyRun, ({ rateHz, firstSample, samples, cuts }) => {
      const whole = resample(rateHz, samples, firstSample);
      const resampler = new Resampler(rateHz);
      resampler.start(firstSample);
      const edges = [0, ...cuts.map((cut) => Math.min(cut, samples.length)).sort((a, b) => a - b), samples.length];
      const parts = edges.slice(1).map((edge, i) => resampler.push(samples.slice(edges[i], edge)));
      expect(join([...parts, resampler.end()])).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

test('a run gives exactly the samples whose position lies inside it', () => {
  fc.assert(
    fc.property(anyRun, ({ rateHz, firstSample, samples }) => {
      const resampler = new Resampler(rateHz);
      resampler.start(firstSample);
      const first = Math.ceil((firstSample * OUTPUT_RATE_HZ) / rateHz);
      expect(resampler.nextSample).toBe(first);
      const behind = Math.ceil(((firstSample + samples.length) * OUTPUT_RATE_HZ) / rateHz);
      expect(join([resampler.push(samples), resampler.end()])).toHaveLength(behind - first);
    }),
    { numRuns: 200 },
  );
});

test('the same sound at the same place of the grid gives the same samples whenever its run began', () => {
  const rateHz = 44_100;
  const sound = tone(rateHz, 1_000, 1);
  const early = resample(rateHz, sound);
  const late = resample(rateHz, sound.slice(4_410), 4_410);
  expect(late.slice(200)).toEqual(early.slice(1_800));
});

test('16 kHz passes untouched', () => {
  const samples = tone(16_000, 1_000);
  expect(resample(16_000, samples, 77)).toEqual(samples);
});

test('a new run forgets the one before', () => {
  const resampler = new Resampler(48_000);
  resampler.start(0);
  resampler.push(tone(48_000, 300));
  resampler.end();
  resampler.start(48_000);
  const again = join([resampler.push(tone(48_000, 500)), resampler.end()]);
  expect(again).toEqual(resample(48_000, tone(48_000, 500), 48_000));
});

test('rates that no microphone has are refused', () => {
  for (const rateHz of [0, -1, 1_999, 96_001, 16_000.5, Number.NaN]) {
    expect(() => new Resampler(rateHz)).toThrow(RangeError);
  }
});
