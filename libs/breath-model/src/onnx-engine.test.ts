import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DEFAULT_FRONT_END,
  type FrontEndConfig,
  MelFilterbank,
  type NetworkInput,
  applyFrontEnd,
  framesIn,
} from '#libs/features';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelBundle, loadBundle } from './bundle.js';
import type { InferenceEngine } from './engine.js';
import { MANIFEST_FILE } from './manifest.js';
import { createOnnxEngine } from './onnx-engine.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/untrained', import.meta.url));

/** Noise whose level swells at its own rate, so that every window differs. */
function window(seed: number, seconds: number, frontEnd: FrontEndConfig = DEFAULT_FRONT_END): NetworkInput {
  let state = seed + 1;
  const samples = Float32Array.from({ length: seconds * 16_000 }, (_, n) => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * (0.05 + Math.sin((n / 16_000) * (1 + seed / 10)) ** 2);
  });
  return applyFrontEnd(new MelFilterbank().energies(samples), framesIn(samples.length), frontEnd);
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
    const bundle = await loadBundle(folder);
    const network = await createOnnxEngine(bundle);
    for (const seconds of [4, 5.02, 6]) {
      const windows = Array.from({ length: 70 }, (_, seed) => window(seed, seconds, bundle.manifest.frontEnd));
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
