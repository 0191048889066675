import { EupneaError } from '#libs/contracts';
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadTensorFlow } from '#libs/tensorflow';
import type { FromWorker, ToWorker } from './campaign-worker.js';
import { type Campaign, type CampaignOptions, type PlannedTraining, runTraining } from './campaign.js';

export interface CampaignObserver {
  onEpoch: (training: PlannedTraining, epoch: number) => void;
  onDone: (training: PlannedTraining) => void;
}

/**
 * Trains one after another, or side by side in so many processes: a step keeps about one core busy. The numbers do not
 * depend on which process a training ran in.
 * @throws EupneaError what a training threw, or PROGRAM_FAILED when a process died
 */
export async function runCampaign(
  campaign: Campaign,
  pending: readonly PlannedTraining[],
  options: CampaignOptions & { jobs: number },
  observer: CampaignObserver,
): Promise<void> {
  if (pending.length === 0) return;
  if (options.jobs === 1) {
    const tf = await loadTensorFlow(options.backend);
    for (const training of pending) {
      await runTraining(tf, campaign, training, ({ epoch }) => observer.onEpoch(training, epoch));
      observer.onDone(training);
    }
    return;
  }
  const queue = [...pending];
  const workers = Array.from({ length: Math.min(options.jobs, pending.length) }, startWorker);
  try {
    await Promise.all(workers.map((worker) => serve(worker, options, queue, observer)));
  } finally {
    for (const worker of workers) worker.kill();
  }
}

const startWorker = (): ChildProcess => fork(fileURLToPath(new URL('./campaign-worker.js', import.meta.url)));

/** Hands one training after another to a process until none is left. */
function serve(
  worker: ChildProcess,
  options: CampaignOptions,
  queue: PlannedTraining[],
  observer: CampaignObserver,
): Promise<void> {
  let current: PlannedTraining | undefined;
  const send = (message: ToWorker): void => void worker.send(message);
  return new Promise((resolve, reject) => {
    const next = (): void => {
      current = queue.shift();
      if (current) send({ train: current.name });
      else resolve();
    };
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'failed') reject(asError(message));
      if (message.kind === 'epoch' && current) observer.onEpoch(current, message.epoch);
      if (message.kind === 'done' && current) observer.onDone(current);
      if (message.kind === 'ready' || message.kind === 'done') next();
    });
    worker.on('error', reject);
    worker.on('exit', (status, signal) => {
      reject(
        new EupneaError(
          'PROGRAM_FAILED',
          `the process of ${current?.name ?? 'a training'} ended: ${signal ?? `status ${status}`}`,
          {
            // prettier-ignore
            hint: 'Run the command again: it goes on from the last epoch. Where memory is short, --jobs 1 needs half of it.', // prettier-ignore
          },
        ),
      );
    });
    send({ options });
  });
}

function asError({ code, message, hint }: Extract<FromWorker, { kind: 'failed' }>): Error {
  return code ? new EupneaError(code, message, hint === undefined ? {} : { hint }) : new Error(message);
}
