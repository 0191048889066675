import { type BackendName, loadTensorFlow } from '#libs/tensorflow';
import { type Command, InvalidArgumentError } from 'commander';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fold } from '../data/folds.js';
import { itemsOf } from '../draws/item-bank.js';
import { seededRandom } from '../draws/random.js';
import { cccIntervals } from '../evaluation/summarise.js';
import { type CurvePoint, curveOf, figuresOf, pointSchema } from '../learning-curve/curve.js';
import { nestedSubsets, soundsOfPeople, withShareOfBreath } from '../learning-curve/people-subsets.js';
import { PLOT_FILE, curveMarkdown } from '../learning-curve/report.js';
import { learningCurvePlot } from '../plots/learning-curve.js';
import { renderSvg } from '#libs/plots';
import { loadRecipe } from '../recipe/load-recipe.js';
import { keyOf } from '../training/checkpoint.js';
import { observeFoldSegments } from './fold-network.js';
import { keptResults } from './kept-results.js';
import { atLeastOne, withTrainingOptions } from './options.js';
import { timeLeft } from './time-left.js';
import { type TrainingRun, type Workshop, defaultWorkers, foldsOf, openWorkshop, soundsWithout, trainOrLoad } from './workshop.js'; // prettier-ignore

interface LearningCurveOptions {
  data: string;
  noise?: string;
  recipe: string;
  people: number[];
  out: string;
  seed?: number;
  seeds: number;
  steps?: number;
  workers?: number;
  backend: BackendName;
}

const BOOTSTRAP_STREAM = 7;

/** `trainer learning-curve`: what more people would buy, from trainings on fewer of them. */
export function addLearningCurveCommand(program: Command): void {
  withTrainingOptions(program.command('learning-curve'))
    .description('trains on subsets of people, measures all on the same others: what more data would buy')
    .requiredOption('--people <numbers>', 'how many people to train on, with commas between them', sizes)
    .requiredOption('--out <folder>', `for learning-curve.md, .json and .svg; keeps finished trainings`)
    .option('--seeds <number>', 'subsets and trainings of each size', atLeastOne, 2)
    .option('--steps <number>', "instead of the recipe's", atLeastOne)
    .addHelpText(
      'after',
      `
The people of the recipe's first fold are held out of all trainings and measure them. Items are rendered once per
seed, and shared with \`crossvalidate\`. Stopped, the same command goes on where it was. It ends with one line of JSON.

Example:
  npm run trainer -- learning-curve --data ../shared/data --people 10,20,30,40 --out docs/learning-curve`,
    )
    .action((options: LearningCurveOptions) => learningCurveCommand(options));
}

function sizes(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number > 0)) return [...new Set(numbers)];
  throw new InvalidArgumentError('expected whole numbers above 0 with commas between them');
}

async function learningCurveCommand(options: LearningCurveOptions): Promise<void> {
  const recipe = loadRecipe(options.recipe);
  if (options.steps !== undefined) recipe.optimiser.steps = options.steps;
  const workers = options.workers ?? defaultWorkers();
  const workshop = openWorkshop(options.data, options.noise, recipe, workers);
  const run: TrainingRun = { seed: options.seed ?? recipe.seed, workers, backend: options.backend };
  mkdirSync(options.out, { recursive: true });
  const held = foldsOf(workshop)[0] as Fold;
  const points = await trainPoints(workshop, held, options, run);

  const curve = curveOf(points);
  const testSegments = workshop.breath.segments.filter(({ subjectId }) => held.subjects.has(subjectId)).length;
  const { steps } = recipe.optimiser;
  const facts = { recipe: recipe.name, steps, testPeople: held.subjects.size, testSegments };
  const summary = { ...facts, dataSha256: workshop.dataSha256, backend: run.backend, curve };
  const write = (name: string, text: string) => writeFileSync(join(options.out, name), text);
  write('learning-curve.json', `${JSON.stringify({ ...summary, points }, null, 2)}\n`);
  write(PLOT_FILE, await renderSvg(learningCurvePlot(recipe.name, curve)));
  write('learning-curve.md', curveMarkdown(facts, curve, points));
  console.error(`${join(options.out, 'learning-curve.md')} says what more data would buy`);
  console.log(JSON.stringify(summary));
}

interface Planned {
  people: ReadonlySet<string>;
  seed: number;
  key: string;
}

/** Trains and measures what no earlier run did. */
async function trainPoints(
  workshop: Workshop,
  held: Fold,
  options: LearningCurveOptions,
  run: TrainingRun,
): Promise<CurvePoint[]> {
  const kept = keptResults(join(options.out, 'points.jsonl'), pointSchema);
  const planned = planPoints(workshop, held, options, run);
  const pending = planned.filter(({ key }) => !kept.find(key));
  console.error(`${planned.length} trainings, ${planned.length - pending.length} of them finished before`);
  const onDone = timeLeft('trainings', pending.length);
  const weights = join(options.out, 'last.weights.json'); // for a stop between training and measuring
  for (const { people, seed, key } of pending) {
    const point = await trainPoint(workshop, held, people, { ...run, seed }, weights);
    kept.add({ key, people: people.size, seed, ...point });
    onDone();
  }
  rmSync(weights, { force: true });
  return planned.flatMap(({ key }) => kept.find(key) ?? []);
}

function planPoints(
  { recipe, sounds, dataSha256 }: Workshop,
  held: Fold,
  { people, seeds }: LearningCurveOptions,
  { seed: firstSeed, backend }: TrainingRun,
): Planned[] {
  const others = soundsWithout(sounds, held);
  const subjects = others.recordings.map(({ subjectId }) => subjectId);
  return Array.from({ length: seeds }, (_, at) => firstSeed + at).flatMap((seed) =>
    nestedSubsets(subjects, people, seed).map((subset) => {
      const heard = soundsOfPeople(others, subset);
      const recordingIds = heard.recordings.map(({ recordingId }) => recordingId);
      const noiseIds = heard.noise.map(({ noiseId }) => noiseId);
      const training = keyOf({ recipe, dataSha256, seed, recordingIds, noiseIds });
      const measured = [recipe.seed, backend, [...held.subjects].sort(), [...held.noiseIds].sort()];
      const key = createHash('sha256')
        .update(JSON.stringify([training, measured]))
        .digest('hex');
      return { people: subset, seed, key };
    }),
  );
}

async function trainPoint(
  workshop: Workshop,
  held: Fold,
  people: ReadonlySet<string>,
  run: TrainingRun,
  weightsFile: string,
): Promise<Pick<CurvePoint, 'columns' | 'cccIntervals'>> {
  const others = soundsWithout(workshop.sounds, held);
  const sounds = soundsOfPeople(others, people);
  const bank: Workshop['bank'] = async (seed) => {
    const items = await workshop.bank(seed);
    return withShareOfBreath(itemsOf(items, sounds), itemsOf(items, others));
  };
  const what = `seed ${run.seed}, ${people.size} people`;
  const tensorflow = () => loadTensorFlow(run.backend);
  const parameters = await trainOrLoad(tensorflow, { ...workshop, bank }, sounds, weightsFile, what, run);
  const segments = await observeFoldSegments(workshop, held, parameters, run);
  const random = () => seededRandom(workshop.recipe.seed, BOOTSTRAP_STREAM);
  return { columns: figuresOf(segments), cccIntervals: cccIntervals({ segments }, random) };
}
