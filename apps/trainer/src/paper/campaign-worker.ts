import { EupneaError } from '#libs/contracts';
import { loadTensorFlow } from '#libs/tensorflow';
import { type CampaignOptions, type PlannedTraining, openCampaign, runTraining } from './campaign.js';

/** What the command tells a process of its own: its options first, then one training after another. */
export type ToWorker = { options: CampaignOptions } | { train: string };

/** What that process answers. */
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'epoch'; training: string; epoch: number }
  | { kind: 'done'; training: string }
  | { kind: 'failed'; code?: EupneaError['code']; message: string; hint?: string | undefined };

const tell = (message: FromWorker): void => void process.send?.(message);

async function open({ options }: { options: CampaignOptions }): Promise<(name: string) => Promise<void>> {
  const campaign = openCampaign(options, () => {});
  const tf = await loadTensorFlow(options.backend);
  tell({ kind: 'ready' });
  return async (name) => {
    const training = campaign.trainings.find((planned) => planned.name === name) as PlannedTraining;
    await runTraining(tf, campaign, training, ({ epoch }) => tell({ kind: 'epoch', training: name, epoch }));
    tell({ kind: 'done', training: name });
  };
}

function fail(error: unknown): void {
  const { message } = error as Error;
  tell(error instanceof EupneaError ? { kind: 'failed', code: error.code, message, hint: error.hint } : { kind: 'failed', message }); // prettier-ignore
}

let train: ((name: string) => Promise<void>) | undefined;
process.on('message', (message: ToWorker) => {
  const work = 'options' in message ? open(message).then((opened) => void (train = opened)) : train?.(message.train);
  work?.catch(fail);
});
process.on('disconnect', () => process.exit(0)); // the command is gone: the checkpoint of the last epoch stays
