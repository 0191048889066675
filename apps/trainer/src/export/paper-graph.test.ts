import { beforeAll, describe, expect, it } from 'vitest';
import { type ExplainingEngine, type ModelBundle, type Prediction, createOnnxEngine, createTensorFlowEngine } from '#libs/breath-model'; // prettier-ignore
import { type TensorFlow, checkTensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { describeIf } from '../../../../test/support/describe-if.js';
import { seededRandom } from '../draws/random.js';
import { createPaperForward, inputOf } from '../paper/network.js';
import { toBatch } from '../paper/batches.js';
import type { Example } from '../paper/examples.js';
import { initialPaperParameters } from '../paper/parameters.js';
import { PAPER_RECIPES } from '../paper/experiments.js';
import { fittedFrontEnd, framesOf } from '../paper/front-end.js';
import { loadPaperRecipe } from '../recipe/load-recipe.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { paperRecipe, randomExample, tinyPaperRecipe } from '../testing/tiny-segments.js';
import { type PaperNetwork, exportPaperOnnx } from './paper-graph.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

const DEVIATION = 4.25;

/** Weights without special values: biases are not zero. */
function networkOf(recipe: PaperRecipe): PaperNetwork {
  const { width } = framesOf(recipe.frontEnd);
  const random = seededRandom(3);
  const parameters = initialPaperParameters(recipe.network, width, random);
  for (const { shape, values } of Object.values(parameters)) {
    if (shape.length === 1) values.forEach((value, i) => (values[i] = value + random() - 0.5));
  }
  const scale = { rates: { mean: 24, deviation: 13 }, counts: { mean: 2, deviation: 1 } };
  return { recipe, parameters, scale, width };
}

function bundleOf(network: PaperNetwork): ModelBundle {
  const { recipe, width } = network;
  const ones = new Float64Array(width).fill(1);
  const frontEnd = fittedFrontEnd(recipe, { means: ones, deviations: ones });
  const model = exportPaperOnnx(network, DEVIATION);
  return { folder: 'memory', model, manifest: { version: 'test', frontEnd } } as unknown as ModelBundle;
}

/** What the training backend says about windows of one length. */
function trained(backend: TensorFlow, { recipe, parameters, scale, width }: PaperNetwork, windows: Example[]): Prediction[] {
  return backend.tidy(() => {
    const weights = Object.fromEntries(
      Object.entries(parameters).map(([name, { values, shape }]) => [name, backend.tensor(values, shape)]),
    );
    const output = createPaperForward(backend, recipe, scale)(inputOf(backend, toBatch(windows, width)), weights);
    const [rates, classes, noise] = [output.rates, output.classLogits.softmax(), output.noiseLogits.softmax()].map(
      (tensor) => tensor.dataSync<'float32'>(),
    ) as [Float32Array, Float32Array, Float32Array];
    return windows.map((_, row) => ({
      rrPerMinute: Math.max(0, rates[row] as number),
      rrStdDev: DEVIATION,
      pNone: classes[3 * row] as number,
      pNormal: classes[3 * row + 1] as number,
      pHeavy: classes[3 * row + 2] as number,
      pNoise: noise[2 * row + 1] as number,
    }));
  });
} // prettier-ignore

const inputsOf = (windows: Example[]) => windows.map(({ frames, features }) => ({ frames, features, levels: new Float32Array(0) })); // prettier-ignore

function expectSame(found: Prediction[], expected: Prediction[], tolerance = 1e-4): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((prediction, at) => {
    for (const [name, value] of Object.entries(expected[at] as Prediction)) {
      expect(Math.abs(prediction[name as keyof Prediction] - value), name).toBeLessThan(tolerance);
    }
  });
}

/** Runs an engine and the training backend on windows of several lengths. */
async function expectEquals(
  engine: ExplainingEngine,
  backend: TensorFlow,
  network: PaperNetwork,
  lengths: number[],
  each: number,
): Promise<Prediction[]> {
  const all: Prediction[] = [];
  for (const frames of lengths) {
    const windows = Array.from({ length: each }, (_, at) => randomExample(frames, network.width, 100 * frames + at));
    const found = await engine.run(inputsOf(windows));
    expectSame(found, trained(backend, network, windows));
    all.push(...found);
  }
  await engine.close();
  return all;
}

const LENGTHS = [7, 12, 20, 31, 40];
const convolution = { kernel: 3 };
const KINDS = [
  { convolution: 'none', pooling: 'mean', countHead: 'linear', activation: 'relu' },
  { convolution: 'none', pooling: 'last', countHead: 'linear', activation: 'tanh' },
  { convolution, pooling: 'mean', countHead: 'linear', activation: 'relu' },
  { convolution, pooling: 'last', countHead: 'linear', activation: 'relu' },
  { convolution: { kernel: 5 }, pooling: 'mean', countHead: 'linear', activation: 'tanh' },
  { convolution: 'none', pooling: 'last', countHead: 'density', activation: 'relu' },
  { convolution, pooling: 'mean', countHead: 'density', activation: 'tanh' },
] as const;

/** A small network of a kind on 20 bands. */
function tinyOf(kind: Partial<PaperRecipe['network']>): PaperNetwork {
  const recipe = tinyPaperRecipe();
  Object.assign(recipe, { frontEnd: { kind: 'mel', bands: 20, deltas: false } });
  Object.assign(recipe.network, kind);
  return networkOf(recipe);
}

describe.each(KINDS)('the exported network $convolution, $pooling, $countHead, $activation', (kind) => {
  it('equals the trained one to 1e-4 on 200 windows', async () => {
    const network = tinyOf(kind);
    const found = await expectEquals(await createOnnxEngine(bundleOf(network)), tf, network, LENGTHS, 40);
    expect(new Set(found.map(({ rrPerMinute }) => rrPerMinute)).size).toBeGreaterThan(190);
  });

  it('gives the same answers with TensorFlow.js', async () => {
    const network = tinyOf(kind);
    await expectEquals(await createTensorFlowEngine(bundleOf(network), tf), tf, network, [7, 31], 5);
  });

  it('of the full size gives the same bits at every batch size from 1 to 64', async () => {
    const recipe = paperRecipe();
    Object.assign(recipe.network, kind);
    const network = networkOf(recipe);
    const engine = await createOnnxEngine(bundleOf(network));
    const windows = inputsOf(Array.from({ length: 64 }, (_, at) => randomExample(98, network.width, at)));
    const alone: Prediction[] = [];
    for (const window of windows) alone.push(...(await engine.run([window])));
    expect(new Set(alone.map(({ pNoise }) => pNoise)).size).toBeGreaterThan(60);
    for (let size = 2; size <= 64; size++) {
      const from = (5 * size) % (windows.length - size + 1);
      expect(await engine.run(windows.slice(from, from + size))).toEqual(alone.slice(from, from + size));
    }
    await engine.close();
  });
});

describe('an exported network', () => {
  it('gives no rate below 0', async () => {
    const network = tinyOf({});
    network.parameters['rates/bias']?.values.fill(-9);
    const engine = await createOnnxEngine(bundleOf(network));
    const [prediction] = await engine.run(inputsOf([randomExample(30, network.width, 1)]));
    expect(prediction).toMatchObject({ rrPerMinute: 0, rrStdDev: DEVIATION });
    await engine.close();
  });
});

const fault = checkTensorFlow();
describeIf(fault === undefined, 'tfjs-node does not work here: npm run trainer -- setup', 'on the node backend', () => {
  it.each(PAPER_RECIPES.filter((name) => !name.endsWith('-augmented')))('%s equals its export to 1e-4 on 200 windows of 4 to 7 s', async (name) => {
    const network = networkOf(loadPaperRecipe(name));
    await expectEquals(await createOnnxEngine(bundleOf(network)), await loadTensorFlow('node'), network, [398, 498, 598, 698], 50);
  });
}); // prettier-ignore
