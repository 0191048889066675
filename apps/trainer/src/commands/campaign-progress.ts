import type { PlannedTraining } from '../paper/campaign.js';
import type { CampaignObserver } from '../paper/run-campaign.js';
import { progressOf } from './progress.js';

/** Longer than a night: say so while there is time to choose less. */
const TOO_LONG_HOURS = 8;

/** Epochs weigh as many times as the data are copied; a training that stops early gives back the rest of its epochs. */
const costOfEpoch = ({ recipe }: PlannedTraining): number =>
  recipe.augmentation === 'none' ? 1 : 1 + recipe.augmentation.snrDb.length;

/** One bar over all trainings of a campaign, with the time that is left. */
export function campaignProgress(
  pending: readonly PlannedTraining[],
  nowSeconds: () => number = () => performance.now() / 1000,
): CampaignObserver & { stop: () => void } {
  const total = pending.reduce((sum, training) => sum + costOfEpoch(training) * training.recipe.optimiser.epochs, 0);
  const bar = progressOf('trainings', total);
  const startedAt = nowSeconds();
  const doneOf = new Map<string, number>();
  let finished = 0;
  let warned = false;
  const show = (): void => {
    const done = [...doneOf.values()].reduce((sum, cost) => sum + cost, 0);
    const left = ((nowSeconds() - startedAt) / done) * (total - done);
    const eta = process.stderr.isTTY ? '' : `, about ${durationText(left)} left`; // a terminal's bar says it itself
    bar.update(done, `(${finished} of ${pending.length} finished${eta})`);
    if (warned || finished === 0 || left < TOO_LONG_HOURS * 3600) return;
    warned = true;
    console.error(`This takes about ${durationText(left)} more. Faster: --jobs 2, fewer --seeds, --only RECIPES. A stop loses nothing but the running epochs.`); // prettier-ignore
  };
  return {
    onEpoch: (training, epoch) => {
      doneOf.set(training.name, costOfEpoch(training) * epoch);
      show();
    },
    onDone: (training) => {
      doneOf.set(training.name, costOfEpoch(training) * training.recipe.optimiser.epochs);
      finished += 1;
      show();
    },
    stop: () => bar.stop(),
  };
}

export function durationText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
