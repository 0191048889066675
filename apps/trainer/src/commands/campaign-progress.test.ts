import { afterEach, expect, it, vi } from 'vitest';
import type { PlannedTraining } from '../paper/campaign.js';
import { loadPaperRecipe } from '../recipe/load-recipe.js';
import { campaignProgress, durationText } from './campaign-progress.js';

const planned = (name: string): PlannedTraining => {
  const recipe = loadPaperRecipe(name);
  return { name, recipe: { ...recipe, optimiser: { ...recipe.optimiser, epochs: 10 } }, seed: 1, key: name };
};
const [plain, augmented] = [planned('paper-lstm-32'), planned('paper-lstm-32-augmented')];
afterEach(() => vi.restoreAllMocks());

/** What a terminal-less run prints. */
function linesOf(
  trainings: PlannedTraining[],
  secondsPerEpoch: number,
  run: (progress: ReturnType<typeof campaignProgress>, tick: () => void) => void,
): string {
  // prettier-ignore
  const lines: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  let now = 0;
  run(campaignProgress(trainings, () => now), () => void (now += secondsPerEpoch)); // prettier-ignore
  return lines.join('\n');
}

it('weighs epochs by the copies of the data, and tells the time that is left over all trainings', () => {
  const lines = linesOf([plain, augmented], 60, (progress, tick) => {
    for (let epoch = 1; epoch <= 5; epoch++) {
      tick();
      progress.onEpoch(plain, epoch);
    }
    progress.onDone(plain); // stopped early: the other half of its epochs is done too
  });
  expect(lines).toContain('trainings: 5/50 (0 of 2 finished, about 45 min left)');
  expect(lines).toContain('trainings: 10/50 (1 of 2 finished, about 20 min left)');
});

it('warns once where a night does not suffice', () => {
  const lines = linesOf([plain, augmented], 3600, (progress, tick) => {
    tick();
    progress.onDone(plain);
    tick();
    progress.onEpoch(augmented, 1);
  });
  expect(lines).not.toContain('This takes'); // 4 h left after the first
  const long = linesOf([plain, augmented], 36_000, (progress, tick) => {
    tick();
    progress.onDone(plain);
    tick();
    progress.onEpoch(augmented, 1);
  });
  expect(long.match(/This takes about 40 h 0 min more/g)).toHaveLength(1);
});

it.each([
  [30, '1 min'],
  [5340, '89 min'],
  [5400, '1 h 30 min'],
])('%d s are %s', (seconds, text) => {
  // prettier-ignore
  expect(durationText(seconds)).toBe(text);
});
