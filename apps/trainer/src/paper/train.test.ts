import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeIf } from '../../../../test/support/describe-if.js';
import { type TensorFlow, checkTensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { tinyPaperRecipe, tinySegmentSet, tinySplit } from '../testing/tiny-segments.js';
import { type PaperTrainingOptions, trainPaper } from './train.js';
import type { TrainingResult } from './training-result.js';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});
const scratch = mkdtempSync(join(tmpdir(), 'eupnea-paper-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const set = tinySegmentSet();
const train = (options: PaperTrainingOptions, recipe = tinyPaperRecipe(), backend = tf) =>
  trainPaper(backend, set, tinySplit, recipe, options);
const numbersOf = ({ seconds: _, ...numbers }: TrainingResult) => numbers;

describe('training by epochs', () => {
  it('gives the same numbers for the same seed, others for another, and its best epoch by the validation CCC', async () => {
    const first = await train({ seed: 1 });
    expect(numbersOf(await train({ seed: 1 }))).toEqual(numbersOf(first));
    expect((await train({ seed: 2 })).evaluation).not.toEqual(first.evaluation);
    const cccs = first.epochs.map(({ validationCcc }) => validationCcc);
    expect(first.bestEpoch).toBe(1 + cccs.indexOf(Math.max(...cccs)));
    expect(first.validation.map(({ subjectId }) => subjectId)).toEqual(['p4', 'p4', 'p4', 'p4']);
    expect(first.evaluation.map(({ segmentId }) => segmentId)).toEqual(['r5_0', 'r5_1', 'r5_2', 'r5_3']);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('goes on after a stop to the numbers of a training without one', async () => {
    const whole = await train({ seed: 3 });
    for (const stopAfter of [1, 2]) {
      const checkpointFile = join(scratch, `stopped-${stopAfter}.json`);
      const stopped = train({
        seed: 3,
        checkpointFile,
        onEpoch: ({ epoch }) => {
          if (epoch === stopAfter) throw new Error('the power is gone');
        },
      });
      await expect(stopped).rejects.toThrow('the power is gone');
      const epochs: number[] = [];
      const resumed = await train({ seed: 3, checkpointFile, onEpoch: ({ epoch }) => epochs.push(epoch) });
      expect(epochs).toEqual([1, 2, 3].slice(stopAfter));
      expect(numbersOf(resumed)).toEqual(numbersOf(whole));
    }
  });

  it('starts anew where the checkpoint belongs to another seed', async () => {
    const checkpointFile = join(scratch, 'other.json');
    await train({ seed: 4, checkpointFile });
    const epochs: number[] = [];
    await train({ seed: 5, checkpointFile, onEpoch: ({ epoch }) => epochs.push(epoch) });
    expect(epochs).toEqual([1, 2, 3]);
  });

  it('stops early when the validation CCC does not rise', async () => {
    const recipe = tinyPaperRecipe();
    Object.assign(recipe.optimiser, { epochs: 9, patience: 1, learningRate: 1e-12 });
    const { epochs, bestEpoch } = await train({ seed: 1 }, recipe);
    expect(epochs.length).toBe(bestEpoch + 1);
    expect(epochs.length).toBeLessThan(9);
  });

  it('that diverges names the step and leaves the last good checkpoint', async () => {
    const checkpointFile = join(scratch, 'diverged.json');
    const recipe = tinyPaperRecipe();
    const stopped = train({ seed: 1, checkpointFile, onEpoch: () => { throw new Error('stop'); } }, recipe); // prettier-ignore
    await expect(stopped).rejects.toThrow('stop');
    const good = readFileSync(checkpointFile, 'utf8');
    const steps = (JSON.parse(good) as { steps: number }).steps;
    const poisoned = JSON.parse(good) as { arrays: { weights: string[] } };
    poisoned.arrays.weights[0] = Buffer.from(new Float32Array((40 + 4) * 16).fill(NaN).buffer).toString('base64');
    writeFileSync(checkpointFile, JSON.stringify(poisoned));
    await expect(train({ seed: 1, checkpointFile }, recipe)).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      message: expect.stringContaining(`step ${steps + 1}`) as string,
    });
    expect(readFileSync(checkpointFile, 'utf8')).toBe(JSON.stringify(poisoned));
  });

  it('refuses a part without segments', async () => {
    const trained = trainPaper(tf, set, { ...tinySplit, validation: [] }, tinyPaperRecipe(), { seed: 1 });
    await expect(trained).rejects.toMatchObject({ code: 'DATA_INVALID', message: 'tiny: the validation people have no segments' }); // prettier-ignore
  });

  it('writes no log on the portable backend', async () => {
    const logFolder = join(scratch, 'no-log');
    await train({ seed: 1, logFolder });
    expect(existsSync(logFolder)).toBe(false);
  });
});

const fault = checkTensorFlow();
describeIf(fault === undefined, 'tfjs-node does not work here: npm run trainer -- setup', 'training on the node backend', () => {
  it('writes what TensorBoard reads', async () => {
    const logFolder = join(scratch, 'log');
    await train({ seed: 1, logFolder }, tinyPaperRecipe(), await loadTensorFlow('node'));
    const [file] = readdirSync(logFolder).filter((name) => name.includes('tfevents'));
    const log = readFileSync(join(logFolder, file as string), 'latin1');
    for (const tag of ['loss/mixture', 'loss/ccc', 'lambda/breathFocal', 'validation/ccc']) expect(log).toContain(tag);
  });

  it('begins with the numbers of the portable backend', async () => {
    const recipe = tinyPaperRecipe();
    Object.assign(recipe.optimiser, { epochs: 1 });
    const node = await train({ seed: 1 }, recipe, await loadTensorFlow('node'));
    const portable = await train({ seed: 1 }, recipe, await loadTensorFlow('portable'));
    expect(node.epochs[0]?.trainingLoss).toBeCloseTo(portable.epochs[0]?.trainingLoss as number, 3);
    expect(node.epochs[0]?.validationCcc).toBeCloseTo(portable.epochs[0]?.validationCcc as number, 2);
  });
}); // prettier-ignore
