import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelBundle, createOnnxEngine, createTensorFlowEngine, loadBundle } from '#libs/breath-model';
import { estimateModel, estimateWindows } from '#libs/estimation';
import { createFrameExtractor, createFrontEnd, framesIn } from '#libs/features';
import { type TensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { listen } from '../explain/listen.js';
import { EpochTraining } from '../paper/epochs.js';
import { prepareExamples } from '../paper/examples.js';
import { paperParameterCount } from '../paper/parameters.js';
import { soundOf } from '../paper/readings.js';
import type { TrainingResult } from '../paper/training-result.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { tinyPaperRecipe, tinySegmentSet, tinySplit } from '../testing/tiny-segments.js';
import { writePaperBundle } from './paper-bundle.js';

const folder = mkdtempSync(join(tmpdir(), 'eupnea-paper-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const set = { ...tinySegmentSet(), dataSha256: 'd'.repeat(64) };
const versions = { eupnea: '1', node: '20' };
const facts = { set, split: tinySplit, backend: 'portable', versions, synthetic: [] };
let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

/** A network with the weights that a training begins with, and what the training backend reads with them. */
function untrained(change: Partial<PaperRecipe>) {
  const recipe = { ...tinyPaperRecipe(), ...change };
  const examples = prepareExamples(set, tinySplit, recipe, 1);
  const training = new EpochTraining(tf, recipe, examples, 1);
  const { parameters, scale } = training;
  const { statistics, width } = examples;
  const epochs = [{ epoch: 1, trainingLoss: 1, losses: {}, validationCcc: 0 }];
  const told = {
    recipe: recipe.name,
    seed: 1,
    parameters: paperParameterCount(parameters),
    seconds: 1,
    bestEpoch: 1,
    epochs,
  };
  const [validation, evaluation] = [training.predict(examples.validation), training.predict(examples.evaluation)];
  const result: TrainingResult = { ...told, rates: scale.rates, validation, evaluation };
  return { model: { recipe, parameters, scale, statistics, width }, result, examples };
}

async function write(name: string, change: Partial<PaperRecipe>) {
  const { model, result, examples } = untrained(change);
  await writePaperBundle(join(folder, name), { ...facts, model, result });
  return { bundle: await loadBundle(join(folder, name)), result, examples };
}

/** Sound of a segment as a bundle's front end gives it to the network. */
function inputOf({ manifest }: ModelBundle, samples: Float32Array) {
  const frontEnd = createFrontEnd(manifest.frontEnd);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  return frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor));
}

const VARIANTS: [string, Partial<PaperRecipe>][] = [
  ['mel bands, normalised per segment', {}],
  ['mel bands and slopes, z-scored alone', { frontEnd: { kind: 'mel', bands: 20, deltas: true }, windowNormalisation: 'none' }],
  ['modulation features', { frontEnd: { kind: 'modulation' } }],
]; // prettier-ignore

describe.each(VARIANTS)('the bundle of a network on %s', (name, change) => {
  let written: Awaited<ReturnType<typeof write>>;
  beforeAll(async () => {
    written = await write(name.replaceAll(/\W/g, '-'), change);
  });

  it('hears to the bit what the network was trained on', () => {
    const { evaluation } = written.examples;
    expect(evaluation).toHaveLength(4);
    for (const { segment, features } of evaluation) {
      expect(inputOf(written.bundle, soundOf(set, segment)).features).toEqual(features);
    }
  });

  it('reads the segments as the training did, with either engine', async () => {
    const { bundle, result } = written;
    for (const engine of [await createOnnxEngine(bundle), await createTensorFlowEngine(bundle, tf)]) {
      for (const { segmentId, predictedRrPerMinute } of result.evaluation) {
        const segment = set.segments.find((one) => one.segmentId === segmentId);
        const [prediction] = await engine.run([inputOf(bundle, soundOf(set, segment!))]);
        expect(Math.abs((prediction?.rrPerMinute as number) - Math.max(0, predictedRrPerMinute))).toBeLessThan(1e-4);
        expect(prediction?.rrStdDev).toBeCloseTo(bundle.manifest.training['deviation'] as number, 4);
      }
      await engine.close();
    }
  });

  it('gives the estimator and the explanation a window of 6 s', async () => {
    const { bundle } = written;
    const engine = await createOnnxEngine(bundle);
    const model = estimateModel(bundle, engine);
    const samples = Float32Array.from({ length: 6 * 16_000 }, (_, n) => 0.2 * Math.sin(n * n) * Math.sin(n / 9_000));
    const frames = model.extractor.frames(samples);
    const ids = { subjectId: 'someone', deviceId: 'd', sessionId: 's', sessionStartedAt: 0, timeZone: 'UTC' };
    const at = { startSample: 0, windowSamples: samples.length, restState: 'rest', stage: 'none', environment: 'indoor' } as const; // prettier-ignore
    const window = { ...at, frames, frameCount: framesIn(samples.length, model.extractor) };
    const [estimate] = await estimateWindows([{ stream: ids, window }], model);
    expect(estimate).toMatchObject({ modelVersion: bundle.manifest.version, rrStdDev: expect.any(Number) as number });
    expect(estimate?.rrPerMinute).toBeGreaterThanOrEqual(0);
    const heard = await listen(samples, bundle, engine);
    expect(heard.windows[0]?.prediction.rrPerMinute).toBeCloseTo(estimate?.rrPerMinute as number, 0);
    expect(heard.density.source).toBe('envelope');
    await engine.close();
  });
});

describe('a bundle', () => {
  it('says in manifest and card what it was trained on and how it did', async () => {
    const { bundle, result } = await write('told', {});
    const { manifest } = bundle;
    expect(manifest).toMatchObject({
      name: 'paper',
      architecture: { kind: 'lstm', parameters: result.parameters, units: 4 },
      training: {
        ...{ recipe: 'paper', seed: 1, people: 4, segments: 16, noiseClips: 0, backend: 'portable', versions },
        ...{ subjects: tinySplit.train, heldOut: { subjects: ['p5'] }, dataSha256: 'd'.repeat(64) },
        split: { sha256: 's', validation: ['p4'] },
      },
      metrics: { clean: { n: 4 }, falseAccept: { fan: expect.any(Number) as number, 'no breath': expect.any(Number) as number } }, // prettier-ignore
    });
    expect(manifest.training['largestDifference']).toBeLessThan(1e-4);
    const heard = set.segments.filter(({ subjectId, breaths }) => breaths > 0 && tinySplit.train.includes(subjectId));
    const highest = Math.max(...heard.map(({ rrPerMinute }) => rrPerMinute));
    expect(manifest.thresholds.highestRate).toBeCloseTo(highest, 1);
    const card = readFileSync(join(folder, 'told', 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain(`\`rr_std\` is ${manifest.training['deviation'] as number} /min for every window`);
    expect(card).toContain('no evidence about people');
    expect(card).toContain('LSTM with 4 neurons on 40 mel-filterbank energies');
    expect(card).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is the same for the same seed, and nothing of a former one stays beside it', async () => {
    const first = await write('again', {});
    writeFileSync(join(folder, 'again', 'failure-9.png'), 'old');
    const second = await write('again', {});
    expect(second.bundle.manifest).toEqual(first.bundle.manifest);
    expect(readdirSync(join(folder, 'again'))).not.toContain('failure-9.png');
    expect(Object.keys(second.bundle.manifest.files)).toContain('failure-1.png');
  });

  it('stays away where the data cannot be read', async () => {
    const { model, result } = untrained({});
    mkdirSync(join(folder, 'broken'));
    const trained = { ...facts, set: { ...set, recordings: new Map() }, model, result };
    await expect(writePaperBundle(join(folder, 'broken'), trained)).rejects.toThrow();
    expect(readdirSync(join(folder, 'broken'))).toEqual([]);
  });
});
