import { beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine, type ModelBundle } from '#libs/breath-model';
import { levelWidth } from '#libs/features';
import { describeIf } from '../../../../test/support/describe-if.js';
import { exportOnnx } from '../export/onnx-graph.js';
import { type TensorFlow, checkTensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { defaultRecipe, randomParameters, randomWindows, tinyRecipe } from '../testing/tiny.js';
import type { Recipe } from '../recipe/schema.js';
import { createForward, predict, type Weights } from './forward.js';
import { initialParameters, parameterCount } from './parameters.js';
import { rateCentres } from './constants.js';
import { seededRandom } from '../draws/random.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

const bundleOf = ({ frontEnd }: Recipe, model: Uint8Array): ModelBundle =>
  ({ folder: 'memory', model, manifest: { version: 'test', frontEnd } }) as unknown as ModelBundle;

/** The input frames of every length from 4 to 7 s. */
const EVERY_LENGTH = Array.from({ length: 151 }, (_, more) => 199 + more);

async function expectOnnxEquals(
  backend: TensorFlow,
  recipe = tinyRecipe(),
  { scale = 1, lengths = [199, 250, 349], each = 3 } = {},
): Promise<void> {
  const parameters = randomParameters(recipe);
  const engine = await createOnnxEngine(bundleOf(recipe, exportOnnx(recipe, parameters, scale)));
  for (const frames of lengths) {
    const windows = randomWindows(each, frames, frames, levelWidth(recipe.frontEnd));
    const expected = predict(backend, recipe, parameters, windows);
    const found = await engine.explain(windows);
    const width = expected.phases.length / each;
    found.forEach(({ prediction, phases }, i) => {
      expect(Math.abs(prediction.rrPerMinute - (expected.rates[i] as number))).toBeLessThan(1e-4);
      expect(Math.abs(prediction.rrStdDev - scale * (expected.deviations[i] as number))).toBeLessThan(1e-4);
      expect(Math.abs(prediction.pNoise - (expected.noise[i] as number))).toBeLessThan(1e-5);
      const classes = [prediction.pNone, prediction.pNormal, prediction.pHeavy];
      classes.forEach((p, at) => expect(Math.abs(p - (expected.classes[3 * i + at] as number))).toBeLessThan(1e-5));
      const difference = phases?.probabilities.map((p, at) =>
        Math.abs(p - (expected.phases[width * i + at] as number)),
      );
      expect(Math.max(...(difference ?? [Infinity]))).toBeLessThan(1e-5);
    });
  }
  await engine.close();
}

describe('the exported network', () => {
  it('equals the trained one to 1e-4, for even and odd lengths', () => expectOnnxEquals(tf));

  it('equals it without an LSTM, too', async () => {
    const recipe = tinyRecipe();
    recipe.network.lstmUnits = 0;
    recipe.network.periodicity.hears = 'convolution';
    await expectOnnxEquals(tf, recipe, { scale: 1.3 });
  });

  it('equals it without the loudness among the levels', async () => {
    const recipe = tinyRecipe();
    delete recipe.frontEnd.loudness;
    await expectOnnxEquals(tf, recipe);
  });

  it('gives the same bits at every batch size from 1 to 64', async () => {
    const recipe = defaultRecipe();
    const engine = await createOnnxEngine(bundleOf(recipe, exportOnnx(recipe, randomParameters(recipe), 1)));
    const windows = randomWindows(64, 249);
    const alone = [];
    for (const window of windows) alone.push(...(await engine.run([window])));
    for (let size = 2; size <= 64; size++) {
      const from = (5 * size) % (windows.length - size + 1);
      expect(await engine.run(windows.slice(from, from + size))).toEqual(alone.slice(from, from + size));
    }
    await engine.close();
  });
});

describe('the network', () => {
  it('does not see the padding of shorter items', () => {
    const recipe = tinyRecipe();
    const parameters = randomParameters(recipe);
    const [short, long] = [randomWindows(1, 201, 8)[0], randomWindows(1, 260, 9)[0]] as [
      ReturnType<typeof randomWindows>[number],
      ReturnType<typeof randomWindows>[number],
    ];
    const alone = predict(tf, recipe, parameters, [short]);
    const padded = new Float32Array(2 * 260 * 40);
    padded.set(short.features);
    padded.set(long.features, 260 * 40);
    const weights = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
    ) as Weights;
    const { rates, deviations } = createForward(tf, recipe)(
      {
        features: tf.tensor3d(padded, [2, 260, 40]),
        levels: tf.tensor2d([...short.levels, ...long.levels], [2, short.levels.length]),
        mask: tf.tensor2d([
          [...new Array<number>(101).fill(1), ...new Array<number>(29).fill(0)],
          new Array<number>(130).fill(1),
        ]),
      },
      weights,
    );
    expect(rates.dataSync()[0]).toBeCloseTo(alone.rates[0] as number, 4);
    expect(deviations.dataSync()[0]).toBeCloseTo(alone.deviations[0] as number, 4);
  });

  it('of the default recipe has some 70 thousand parameters and bins from 5 to 150 /min', () => {
    const recipe = defaultRecipe();
    const count = parameterCount(initialParameters(recipe, seededRandom(1)));
    expect(count).toBeGreaterThan(69_000);
    expect(count).toBeLessThan(71_000);
    const centres = rateCentres(recipe.network.rates);
    expect(centres).toHaveLength(46);
    expect(centres[0]).toBeCloseTo(5, 5);
    expect(centres[45]).toBeCloseTo(150, 3);
  });
});

const fault = checkTensorFlow();
describeIf(fault === undefined, 'tfjs-node does not work here: npm run trainer -- setup', 'the node backend', () => {
  it('gives the numbers of the exported default network, to 1e-4 on 302 windows of every length from 4 to 7 s', async () => {
    await expectOnnxEquals(await loadTensorFlow('node'), defaultRecipe(), { lengths: EVERY_LENGTH, each: 2 });
  });

  it('gives the numbers of the portable backend', async () => {
    const recipe = tinyRecipe();
    const [parameters, windows] = [randomParameters(recipe), randomWindows(2, 200)];
    const node = predict(await loadTensorFlow('node'), recipe, parameters, windows);
    const portable = predict(await loadTensorFlow('portable'), recipe, parameters, windows);
    for (const key of ['rates', 'deviations', 'classes', 'noise'] as const) {
      node[key].forEach((value, i) => expect(value).toBeCloseTo(portable[key][i] as number, 4));
    }
  });
});
