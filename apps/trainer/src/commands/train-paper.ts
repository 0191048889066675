import { EupneaError } from '#libs/contracts';
import { loadTensorFlow } from '#libs/tensorflow';
import { join } from 'node:path';
import { assertSplitFits, readSplit, splitPeople } from '../data/people-split.js';
import { unheardSyntheticNoise } from '../data/synthetic-noise.js';
import { writePaperBundle } from '../export/paper-bundle.js';
import { assertPartsBreathe } from '../paper/calibrate.js';
import { SPLIT_SEED } from '../paper/campaign.js';
import { loadSegmentSet } from '../paper/load-segment-set.js';
import { trainPaperModel } from '../paper/train.js';
import { loadPaperRecipe } from '../recipe/load-recipe.js';
import { cacheRoot } from '../setup/places.js';
import { softwareVersions } from '../setup/versions.js';
import { withProgress } from './progress.js';
import type { TrainOptions } from './train.js';

/** `trainer train` with a recipe of the method `paper`: one of the paper's networks, exported as a bundle. */
export async function trainPaperCommand(options: TrainOptions): Promise<void> {
  refuseOption(options, 'calibration', 'their thresholds come from the validation people of the split');
  refuseOption(options, 'workers', 'they render no items');
  const { data, noise, backend } = options;
  const recipe = loadPaperRecipe(options.recipe);
  const seed = options.seed ?? recipe.seed;
  const set = await withProgress('decoding', (update) =>
    loadSegmentSet(data, { ...(noise ? { noiseFolder: noise } : {}), onProgress: update }),
  );
  const split = options.split === undefined ? splitPeople(set, SPLIT_SEED) : readSplit(options.split);
  assertSplitFits(split, set);
  assertPartsBreathe(set, split);
  const tf = await loadTensorFlow(backend);
  const checkpointFile = join(cacheRoot(), 'training', recipe.name, `paper.seed-${seed}.json`);
  const { model, result } = await withProgress('features', (onSegment) =>
    withProgress('training', (update) =>
      trainPaperModel(tf, set, split, recipe, {
        ...{ seed, checkpointFile, onSegment },
        onBatch: ({ epoch, batch, batches, loss }) =>
          update((epoch - 1) * batches + batch, recipe.optimiser.epochs * batches, `loss ${loss.toFixed(3)}`),
      }),
    ),
  );
  console.error(`trained ${result.epochs.length} epochs in ${Math.round(result.seconds)} s; the best is epoch ${result.bestEpoch}`); // prettier-ignore
  const folder = options.out ?? join('models', recipe.name);
  const synthetic = unheardSyntheticNoise();
  const trained = { set, split, model, result, backend, versions: softwareVersions(), synthetic };
  const { version } = await writePaperBundle(folder, trained);
  console.log(`${version} in ${folder}`);
}

function refuseOption(options: TrainOptions, name: 'calibration' | 'workers', why: string): void {
  if (options[name] === undefined) return;
  throw new EupneaError('USAGE', `--${name} is of no use to recipes of the paper: ${why}`);
}
