import { encodeFlac } from '#libs/audio';
import { levelWidth } from '#libs/features';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../draws/random.js';
import { type Parameters, initialParameters } from '../network/parameters.js';
import { parseRecipe } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/schema.js';

export const DEFAULT_RECIPE_FILE = fileURLToPath(new URL('../../../../recipes/default.yaml', import.meta.url));
export const defaultRecipe = (): Recipe => parseRecipe(readFileSync(DEFAULT_RECIPE_FILE, 'utf8'), 'default.yaml');

/** The default recipe with a network that plain JavaScript trains. */
export function tinyRecipe(): Recipe {
  const recipe = defaultRecipe();
  const periodicity = { channels: 2, frequencies: 12, shownFrequencies: 6, lags: 5, units: 4 };
  Object.assign(recipe.network, { convolutionFilters: 6, lstmUnits: 4, embedding: 5, noiseEmbedding: 3 });
  Object.assign(recipe.network.rates, { bins: 7 });
  Object.assign(recipe.network.periodicity, periodicity);
  Object.assign(recipe.optimiser, { steps: 3, batch: 6, warmUpSteps: 1 });
  Object.assign(recipe.draws, { items: 64, syntheticClips: 1 });
  return recipe;
}

/** Weights without special values: biases are not zero. */
export function randomParameters(recipe: Recipe, seed = 1): Parameters {
  const random = seededRandom(seed);
  const parameters = initialParameters(recipe, random);
  for (const { shape, values } of Object.values(parameters)) {
    if (shape.length === 1) values.forEach((value, i) => (values[i] = value + random() - 0.5));
  }
  return parameters;
}

/** Windows of random features. */
export function randomWindows(count: number, frames: number, seed = 2, levels = levelWidth(defaultRecipe().frontEnd)) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({
    frames,
    features: Float32Array.from({ length: frames * 40 }, () => 3 * random() - 1.5),
    levels: Float32Array.from({ length: levels }, () => random() - 0.5),
  }));
}

const RATE_HZ = 16_000;
const SECONDS = 12;

/**
 * A data folder with six people who breathe noise at 15, 20 ... 40 /min, and noise clips, two of them people's.
 * @param sound false leaves the sound files empty, for tests of the tables
 */
export function writeTinyData({ sound = true } = {}): string {
  const encode = (samples: () => Int16Array) => (sound ? encodeFlac(samples(), RATE_HZ) : '');
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-data-'));
  const [breath, noise] = [join(folder, 'breath'), join(folder, 'noise')];
  mkdirSync(join(breath, 'audio'), { recursive: true });
  mkdirSync(noise);
  const recordings = ['recording_id,subject_id,duration_s,valid_start_s,valid_end_s,median_rr_bpm'];
  const cycles = ['recording_id,subject_id,cycle_index,start_s,end_s,partial'];
  const annotations = ['recording_id,subject_id,start_s,end_s,label'];
  const segments = ['segment_id,recording_id,subject_id,start_s,end_s,rr_bpm,breath_count_int,rr_bpm_int'];
  for (let person = 0; person < 6; person++) {
    const rate = 15 + 5 * person;
    const subject = `cw${90 + person}`;
    const name = `${subject}_deep`;
    const cycle = 60 / rate;
    writeFileSync(
      join(breath, 'audio', `${name}.flac`),
      encode(() => breathNoise(cycle, person)),
    );
    recordings.push(`${name},${subject},${SECONDS},0.00,${SECONDS},${rate}`);
    for (let index = 0; (index + 1) * cycle <= SECONDS; index++) {
      const start = index * cycle;
      cycles.push(`${name},${subject},${index},${start},${start + cycle},0`);
      annotations.push(`${name},${subject},${start},${start + cycle / 2},inhale`);
    }
    for (const [index, start, end] of [
      [0, 0.5, 5.5],
      [1, 4, 10],
    ] as const) {
      const count = Math.round((rate * (end - start)) / 60);
      const counted = ((60 * count) / (end - start)).toFixed(1);
      segments.push(`${name}_s0${index},${name},${subject},${start},${end},${rate},${count},${counted}`);
    }
  }
  const clips = ['noise_id,class'];
  for (const [id, kind] of [
    ['cough_cw90', 'cough'],
    ['cough_cw91', 'cough'],
    ['rain_1', 'rain'],
    ['rain_2', 'rain'],
  ]) {
    const random = seededRandom(clips.length);
    const samples = () => Int16Array.from({ length: 3 * RATE_HZ }, () => 8_000 * (random() - 0.5));
    writeFileSync(join(noise, `${id}.flac`), encode(samples));
    clips.push(`${id},${kind}`);
  }
  const tables = { recordings, cycles, annotations, segments };
  for (const [name, rows] of Object.entries(tables)) writeFileSync(join(breath, `${name}.csv`), `${rows.join('\n')}\n`);
  writeFileSync(join(noise, 'noise.csv'), `${clips.join('\n')}\n`);
  return folder;
}

function breathNoise(cycleSeconds: number, seed: number): Int16Array {
  const random = seededRandom(100 + seed);
  return Int16Array.from({ length: SECONDS * RATE_HZ }, (_, i) => {
    const phase = (i / RATE_HZ / cycleSeconds) % 1;
    return (phase < 0.5 ? 6_000 : 30) * (random() - 0.5);
  });
}
