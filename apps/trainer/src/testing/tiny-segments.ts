import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../draws/random.js';
import type { Example } from '../paper/examples.js';
import type { LabelledSegment, PeopleSplit, SegmentRecording, SegmentSet } from '../paper/segment-set.js';
import { parsePaperRecipe } from '../recipe/load-recipe.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';

export const PAPER_RECIPE_FILE = fileURLToPath(new URL('../../../../recipes/paper.yaml', import.meta.url));
export const paperRecipe = (): PaperRecipe =>
  parsePaperRecipe(readFileSync(PAPER_RECIPE_FILE, 'utf8'), PAPER_RECIPE_FILE);

/** The paper's recipe with a network and batches that plain JavaScript trains; without the convolution, which it does slowly. */
export function tinyPaperRecipe(): PaperRecipe {
  const recipe = paperRecipe();
  Object.assign(recipe.network, { units: 4, convolution: 'none' });
  Object.assign(recipe.optimiser, { batch: 6, epochs: 3, patience: 3 });
  return recipe;
}

/** Random features, with labels that differ from example to example. */
export function randomExample(frames: number, width: number, seed: number): Example {
  const random = seededRandom(seed);
  const features = Float32Array.from({ length: frames * width }, () => 2 * random() - 1);
  const labels = { breaths: seed % 4, rrPerMinute: 12 * (seed % 4), noisy: seed % 2 === 0 };
  const segment = { segmentId: `s${seed}`, recordingId: 'r', subjectId: 'p', start: 0, end: frames / 100, ...labels };
  return { segment, features, frames, ...labels, breathClass: Math.min(2, seed % 4) };
}

const RATE_HZ = 16_000;
const PEOPLE = 6;
const SEGMENTS_EACH = 4;

/** Six people, indoors and outdoors in turn, with segments of 0.3 to 0.6 s of noise that swells, and one clip of noise. */
export function tinySegmentSet(): SegmentSet {
  const recordings = new Map<string, SegmentRecording>();
  const segments: LabelledSegment[] = [];
  const noiseOf = (seed: number, seconds: number, gain: (second: number) => number) => {
    const random = seededRandom(seed);
    return Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => gain(i / RATE_HZ) * (random() - 0.5));
  };
  for (let person = 0; person < PEOPLE; person++) {
    const [recordingId, subjectId] = [`r${person}`, `p${person}`];
    const samples = noiseOf(person, 3, (second) => 0.02 + 0.3 * Math.sin((2 + person) * second) ** 2);
    const environment = person % 2 === 0 ? 'indoor' : 'outdoor';
    recordings.set(recordingId, { recordingId, subjectId, samples, environment, stage: 'none' });
    for (let at = 0; at < SEGMENTS_EACH; at++) {
      const [start, end] = [0.6 * at, 0.6 * at + 0.3 + 0.1 * ((at + person) % 4)];
      const breaths = (person + at) % 4;
      const segment = { segmentId: `${recordingId}_${at}`, recordingId, subjectId, start, end, breaths };
      segments.push({ ...segment, rrPerMinute: 12 * breaths, noisy: environment === 'outdoor' });
    }
  }
  const noise = [{ noiseId: 'fan', noiseClass: 'fan', samples: noiseOf(90, 1, () => 0.1) }];
  const people = [...recordings.values()].map(({ subjectId }) => [subjectId, { subjectId }] as const);
  const facts = { name: 'tiny', simulated: true, dataSha256: 'd', pulses: [] };
  return { ...facts, participants: new Map(people), recordings, segments, noise };
}

export const tinySplit: PeopleSplit = {
  seed: 1,
  train: ['p0', 'p1', 'p2', 'p3'],
  validation: ['p4'],
  evaluation: ['p5'],
  sha256: 's',
};
