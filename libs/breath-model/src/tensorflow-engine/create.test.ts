import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FrontEndConfig, MEL, MelFilterbank, type NetworkInput, createFrontEnd } from '#libs/features';
import { type TensorFlow, checkTensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeIf } from '../../../../test/support/describe-if.js';
import { type ModelBundle, loadBundle } from '../bundle.js';
import type { Explanation, Prediction } from '../engine.js';
import { createOnnxEngine } from '../onnx-engine.js';
import { createTensorFlowEngine } from './create.js';

const FIXTURE = fileURLToPath(new URL('../../fixtures/untrained', import.meta.url));
const SHIPPED = fileURLToPath(new URL('../../../../models/default', import.meta.url));
const BUNDLES = [FIXTURE, SHIPPED].filter((folder) => existsSync(folder));

/** Mel energies of puffs of noise of 4.0 to 7.0 s at their own rate and level, so that every window differs. */
const ENERGIES: Float32Array[] = (() => {
  const filterbank = new MelFilterbank();
  let state = 1;
  return Array.from({ length: 200 }, (_, index) => {
    const seconds = 4 + ((index * 37) % 31) / 10;
    const samples = new Float32Array(seconds * 16_000);
    for (let n = 0, gain = 0; n < samples.length; n++) {
      if (n % 160 === 0) gain = 0.001 + Math.sin((n / 16_000) * (0.5 + (index % 23) / 4)) ** 2 / (1 + (index % 5) ** 3);
      state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
      samples[n] = (state / 2 ** 32 - 0.5) * gain;
    }
    return filterbank.frames(samples);
  });
})();
const windows = (count: number, frontEnd: FrontEndConfig): NetworkInput[] =>
  ENERGIES.slice(0, count).map((energies) => createFrontEnd(frontEnd).apply(energies, energies.length / MEL.bands));

/** Rates to 1e-4 of themselves (float32 holds 2e-6 of a rate of 30), probabilities to 1e-4. */
function expectSame(found: readonly Prediction[], expected: readonly Prediction[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((prediction, i) => {
    for (const [name, value] of Object.entries(expected[i] as Prediction)) {
      const tolerance = 1e-4 * (name.startsWith('rr') ? Math.max(1, value) : 1);
      const difference = Math.abs(prediction[name as keyof Prediction] - value);
      expect(difference, `${name} of window ${i}: ${value}`).toBeLessThan(tolerance);
    }
  });
}

async function expectEngineEqualsOnnx(tf: TensorFlow, folder: string, count: number): Promise<void> {
  const bundle = await loadBundle(folder);
  const [onnx, engine] = [await createOnnxEngine(bundle), await createTensorFlowEngine(bundle, tf)];
  const inputs = windows(count, bundle.manifest.frontEnd);
  const expected = await onnx.explain(inputs);
  const found = await engine.explain(inputs);
  const predictions = expected.map(({ prediction }) => prediction);
  expect(new Set(predictions.map(({ rrPerMinute }) => rrPerMinute)).size).toBeGreaterThan(0.9 * count);
  expectSame(
    found.map(({ prediction }) => prediction),
    predictions,
  );
  expectSamePhases(found, expected);
  expectSame(await engine.run(inputs.slice(0, 3)), predictions.slice(0, 3));
  await Promise.all([onnx.close(), engine.close()]);
}

function expectSamePhases(found: readonly Explanation[], expected: readonly Explanation[]): void {
  found.forEach(({ phases }, i) => {
    const other = expected[i]?.phases;
    expect(phases?.frames).toBe(other?.frames);
    phases?.probabilities.forEach((value, at) => {
      if (Math.abs(value - (other?.probabilities[at] as number)) > 1e-4) expect(value).toBe(other?.probabilities[at]);
    });
  });
}

describe('the TensorFlow.js engine on the portable backend', () => {
  let tf: TensorFlow;
  let bundle: ModelBundle;
  beforeAll(async () => {
    tf = await loadTensorFlow('portable');
    bundle = await loadBundle(FIXTURE);
  });

  it.each(BUNDLES)('gives the answers of ONNX Runtime on %s', async (folder) => {
    await expectEngineEqualsOnnx(tf, folder, 6);
  });

  it('keeps no tensor behind once it is closed', async () => {
    const before = tf.memory().numTensors;
    const engine = await createTensorFlowEngine(bundle, tf);
    const loaded = tf.memory().numTensors;
    expect(loaded).toBeGreaterThan(before);
    await engine.run(windows(1, bundle.manifest.frontEnd));
    expect(tf.memory().numTensors).toBe(loaded);
    await engine.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['bytes that are no network', Buffer.from('no network'), 'does not load'],
    ['an empty file', Buffer.alloc(0), 'holds no graph'],
  ])('refuses %s', async (_, model, words) => {
    await expect(createTensorFlowEngine({ ...bundle, model }, tf)).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringContaining(words) as string,
    });
  });

  it('refuses a network without the outputs that an estimate needs, or with an operator that it lacks', async () => {
    // Names stand in the graph as plain text; others of the same length keep the file valid.
    const renamed = (from: string, to: string) => ({
      ...bundle,
      model: Buffer.from(Buffer.from(bundle.model).toString('latin1').replaceAll(from, to), 'latin1'),
    });
    await expect(createTensorFlowEngine(renamed('rr_std', 'rr_sdv'), tf)).rejects.toThrow('lacks output rr_std');
    await expect(createTensorFlowEngine(renamed('Softmax', 'Hardmax'), tf)).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringContaining('Hardmax') as string,
    });
  });
});

const fault = checkTensorFlow();
describeIf(
  fault === undefined,
  'tfjs-node does not work here: npm run trainer -- setup',
  'the TensorFlow.js engine on the node backend',
  () => {
    it.each(BUNDLES)('gives the answers of ONNX Runtime on 200 windows of 4 to 7 s, on %s', async (folder) => {
      await expectEngineEqualsOnnx(await loadTensorFlow('node'), folder, ENERGIES.length);
    });
  },
);
