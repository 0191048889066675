import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DEFAULT_FRONT_END,
  DEFAULT_MODULATION,
  type FrontEndConfig,
  type NetworkInput,
  createFrameExtractor,
  createFrontEnd,
  framesIn,
} from '#libs/features';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelBundle, loadBundle } from './bundle.js';
import type { InferenceEngine } from './engine.js';
import { MANIFEST_FILE } from './manifest.js';
import { createOnnxEngine } from './onnx-engine.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/untrained', import.meta.url));
const FIXTURE_64 = fileURLToPath(new URL('../fixtures/untrained-64', import.meta.url));

const filled = (value: number, length = 64): number[] => new Array<number>(length).fill(value);

/** Gives 64 features, too: 32 coefficients and their slopes. */
const MODULATION: FrontEndConfig = {
  kind: 'modulation-standardised',
  modulation: { ...DEFAULT_MODULATION, coefficients: 32 },
  deltas: true,
  means: filled(0),
  deviations: filled(1),
};

/** Noise whose level swells at its own rate, so that every window differs. */
function window(seed: number, seconds: number, config: FrontEndConfig = DEFAULT_FRONT_END): NetworkInput {
  let state = seed + 1;
  const samples = Float32Array.from({ length: seconds * 16_000 }, (_, n) => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * (0.05 + Math.sin((n / 16_000) * (1 + seed / 10)) ** 2);
  });
  const frontEnd = createFrontEnd(config);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  return frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor));
}

let bundle: ModelBundle;
let engine: InferenceEngine;
beforeAll(async () => {
  bundle = await loadBundle(FIXTURE);
  engine = await createOnnxEngine(bundle);
});
afterAll(() => engine.close());

/** The fixture and every bundle that ships. */
const MODELS = fileURLToPath(new URL('../../../models', import.meta.url));
const shipped = existsSync(MODELS) ? readdirSync(MODELS).map((name) => join(MODELS, name)) : [];
const bundles = [FIXTURE, ...shipped.filter((folder) => existsSync(join(folder, MANIFEST_FILE)))];

describe.each(bundles)('the network in %s', (folder) => {
  it('gives a window the same bits alone and in any batch', async () => {
    const shippedBundle = await loadBundle(folder);
    const network = await createOnnxEngine(shippedBundle);
    for (const seconds of [4, 5.02, 6]) {
      const windows = Array.from({ length: 70 }, (_, seed) => window(seed, seconds, shippedBundle.manifest.frontEnd));
      const alone = [];
      for (const input of windows) alone.push(...(await network.run([input])));
      expect(new Set(alone.map(({ rrStdDev }) => rrStdDev)).size).toBeGreaterThan(60);
      for (const size of [2, 3, 7, 13, 33, 64, 70]) {
        const from = (size * 5) % (windows.length - size + 1);
        expect(await network.run(windows.slice(from, from + size))).toEqual(alone.slice(from, from + size));
      }
    }
    await network.close();
  });
});

describe('the ONNX engine', () => {
  it('answers in the order of the windows when their lengths are mixed', async () => {
    const windows = [6, 4, 7, 6, 5.3, 4].map((seconds, seed) => window(seed, seconds));
    const alone = [];
    for (const input of windows) alone.push(...(await engine.run([input])));
    expect(await engine.run(windows)).toEqual(alone);
  });

  it('gives rates inside the range of the network and probabilities that add up', async () => {
    for (const prediction of await engine.run([window(1, 4), window(2, 7)])) {
      expect(prediction.rrPerMinute).toBeGreaterThan(5);
      expect(prediction.rrPerMinute).toBeLessThan(150);
      expect(prediction.rrStdDev).toBeGreaterThan(0);
      expect(prediction.pNone + prediction.pNormal + prediction.pHeavy).toBeCloseTo(1, 5);
      expect(prediction.pNoise).toBeGreaterThan(0);
      expect(prediction.pNoise).toBeLessThan(1);
    }
  });

  it('has nothing to say about no windows', async () => {
    expect(await engine.run([])).toEqual([]);
  });

  it.each([['log-mel-standardised'], ['modulation-standardised']])(
    'runs a network that reads %s, and gives the same bits alone and in a batch',
    async (kind) => {
      const loaded = await loadBundle(FIXTURE_64);
      const frontEnd = kind === MODULATION.kind ? MODULATION : loaded.manifest.frontEnd;
      const other = await createOnnxEngine({ ...loaded, manifest: { ...loaded.manifest, frontEnd } });
      const windows = Array.from({ length: 5 }, (_, seed) => window(seed, 4, frontEnd));
      const together = await other.run(windows);
      for (const [at, input] of windows.entries()) expect(await other.run([input])).toEqual([together[at]]);
      expect(new Set(together.map(({ rrStdDev }) => rrStdDev)).size).toBe(5);
      await other.close();
    },
  );

  it.each([
    [
      'of another width',
      FIXTURE,
      { ...DEFAULT_FRONT_END, loudness: { centre: 10, scale: 3 } },
      'reads levels of width 80, and its front end gives 81',
    ],
    [
      'of another width and without level statistics',
      FIXTURE,
      { kind: 'log-mel-standardised', bands: 20, deltas: false, means: filled(0, 20), deviations: filled(1, 20) },
      'reads features of width 40, and its front end gives 20, asks for input levels, which its front end does not give',
    ],
    [
      'with level statistics',
      FIXTURE_64,
      DEFAULT_FRONT_END,
      'lacks input levels, reads features of width 64, and its front end gives 40',
    ],
  ] as [string, string, FrontEndConfig, string][])(
    'refuses a front end %s than the network reads',
    async (_, folder, frontEnd, message) => {
      const loaded = await loadBundle(folder);
      const mismatch = { ...loaded, manifest: { ...loaded.manifest, frontEnd } };
      await expect(createOnnxEngine(mismatch)).rejects.toMatchObject({
        code: 'MODEL_BROKEN',
        message: expect.stringContaining(message) as string,
      });
    },
  );

  it('names the version of its bundle', () => {
    expect(engine.modelVersion).toBe(bundle.manifest.version);
  });

  it('refuses a network that does not load', async () => {
    await expect(createOnnxEngine({ ...bundle, model: Buffer.from('no network') })).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringContaining('does not load') as string,
    });
  });

  it('refuses a network without the outputs that an estimate needs', async () => {
    // The name stands in the graph as plain text; one of the same length keeps the file valid.
    const renamed = Buffer.from(Buffer.from(bundle.model).toString('latin1').replaceAll('rr_std', 'rr_sdv'), 'latin1');
    await expect(createOnnxEngine({ ...bundle, model: renamed })).rejects.toThrow('lacks output rr_std');
  });
});
