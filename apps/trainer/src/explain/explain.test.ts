import { type ExplainingEngine, type ModelBundle, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { BreathSound, cyclesWithin, personFromSeed, planSession, restingSession } from '#libs/breath-synthesis';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { MelFilterbank } from '#libs/features';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeWav } from '../../../../test/support/write-wav.js';
import { countBreaths } from './count-breaths.js';
import { type Moment, densityOfEnvelope } from './density.js';
import { listen } from './listen.js';
import { explanationPage } from './page.js';
import { explanationSvg } from './picture.js';
import { readStretch } from './stretch.js';
import { verdictOf } from './verdict.js';

const SECONDS = 30;
const folder = mkdtempSync(join(tmpdir(), 'explain-'));
let bundle: ModelBundle;
let engine: ExplainingEngine;
beforeAll(async () => {
  bundle = await loadBundle('models/default');
  engine = await createOnnxEngine(bundle);
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const wav = (name: string, samples: Float32Array): string => {
  const file = join(folder, name);
  writeFileSync(file, writeWav(samples, ANALYSIS_RATE_HZ));
  return file;
};

/** Somebody at rest, as a file, and the breaths in it; one that is cut counts by the share inside. */
function breathing(seed: number): { file: string; breaths: number } {
  const plan = planSession(personFromSeed(seed), restingSession(SECONDS), seed);
  const sound = new BreathSound(plan, ANALYSIS_RATE_HZ);
  return { file: wav(`${seed}.wav`, sound.read(0, sound.length)), breaths: cyclesWithin(plan, 0, SECONDS) };
}

describe('an explanation of breath', () => {
  test.each([1, 2, 3, 4, 5, 6])('counts what person %i breathes, to one breath', async (seed) => {
    const { file, breaths } = breathing(seed);
    const { counted, density, windows } = await listen(readStretch(file, 0).samples, bundle, engine);
    expect(density.source).toBe('phases');
    expect(Math.abs(counted.times.length - breaths)).toBeLessThanOrEqual(1);
    expect(windows.map(({ start }) => start)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24]);
  });

  test('is a picture and a page that need no other file', async () => {
    const heard = await listen(readStretch(breathing(1).file, 0, 12).samples, bundle, engine);
    const about = { name: '<1>.wav', from: 0, modelVersion: engine.modelVersion };
    const svg = await explanationSvg(heard, about);
    expect(svg).toMatch(/^<svg xmlns/);
    expect(svg.match(/xlink:href="data:image\/png;base64,/g)).toHaveLength(1);
    for (const { prediction } of heard.windows) expect(svg).toContain(`>${prediction.rrPerMinute.toFixed(1)}</text>`);
    const page = explanationPage(heard, svg, about);
    expect(page).toContain('&lt;1&gt;.wav');
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
    expect(page.match(/<span class="label/g)).toHaveLength(heard.windows.length);
  });
});

test('silence is explained as not heard, with the probability and its threshold', async () => {
  const silence = readStretch(wav('silence.wav', new Float32Array(12 * ANALYSIS_RATE_HZ)), 0).samples;
  const { windows, counted, medianRate } = await listen(silence, bundle, engine);
  expect(windows.map(({ label }) => label)).toEqual(['not heard', 'not heard', 'not heard']);
  for (const { reasons } of windows) {
    expect(reasons[0]).toMatch(/^breathing is not heard: P\(no breathing\) [01]\.\d\d ≥ 0\.\d\d$/);
    expect(Number(reasons[0]?.split(' ').at(-1))).toBeCloseTo(bundle.manifest.thresholds.pNone, 2);
  }
  expect(counted.times).toEqual([]);
  expect(medianRate).toBeUndefined();
});

describe('a file that cannot be explained is refused', () => {
  test('because it is not there, no audio, or too short', () => {
    const text = join(folder, 'notes.wav');
    writeFileSync(text, 'no sound');
    const short = wav('short.wav', new Float32Array(3 * ANALYSIS_RATE_HZ));
    expect(() => readStretch(join(folder, 'missing.wav'), 0)).toThrow(/^there is no /);
    expect(() => readStretch(text, 0)).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
    expect(() => readStretch(short, 0)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('counting', () => {
  const counted = (moments: Moment[]) => countBreaths({ source: 'phases', stepSeconds: 0.04, moments }).times.length;
  const still = (steps: number): Moment[] => Array.from({ length: steps }, () => ({ inhale: 0, exhale: 0, breath: 0 }));
  const burst = (inhale: number, exhale: number): Moment[] =>
    Array.from({ length: 25 }, () => ({ inhale, exhale, breath: 0 }));
  const breath = [...burst(0.9, 0), ...burst(0, 0.8), ...still(10)];

  test('takes each breath once, and the first and the last though they are cut', () => {
    expect(counted([...breath, ...breath, ...burst(0.9, 0)])).toBe(3);
  });

  test('leaves out a burst that may be either phase, and a shallow dip', () => {
    expect(counted([...breath, ...burst(0.5, 0.5), ...still(10), ...breath])).toBe(2);
    expect(counted([...burst(0.9, 0), ...burst(0.7, 0), ...burst(0.9, 0)])).toBe(1);
  });
});

test('a network that gives no phases is shown by loudness: bursts of sound count, silence does not', () => {
  const bursts = Float32Array.from({ length: 6 * ANALYSIS_RATE_HZ }, (_, n) =>
    n % (2 * ANALYSIS_RATE_HZ) < ANALYSIS_RATE_HZ ? 0.1 * Math.sin(n) : 0,
  );
  const countOf = (samples: Float32Array) => countBreaths(densityOfEnvelope(new MelFilterbank().frames(samples)));
  expect(countOf(bursts).times).toHaveLength(3);
  expect(countOf(new Float32Array(bursts.length)).times).toEqual([]);
});

test('a value that rounds to its threshold is told apart from it', () => {
  const thresholds = { pNone: 0.05, pNoise: 0.45, relativeStdDev: 0.14, lowestRate: 6, highestRate: 125 };
  const prediction = { rrPerMinute: 130, rrStdDev: 5, pNone: 0.0501, pNormal: 0.95, pHeavy: 0, pNoise: 0.1 };
  expect(verdictOf(prediction, thresholds)).toEqual({
    quality: 'not_heard',
    label: 'not heard',
    breathClass: 'normal',
    reasons: [
      'breathing is not heard: P(no breathing) 0.0501 ≥ 0.0500',
      'the rate is out of range: rate 130.0 outside 6 to 125',
    ],
  });
});
