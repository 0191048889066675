import { Worker } from 'node:worker_threads';
import type { Recipe } from '../recipe/schema.js';
import { type Batch, groupOf } from './batch.js';
import type { Sounds } from './sounds.js';

export interface WorkerInput {
  sounds: Sounds;
  recipe: Recipe;
  seed: number;
}

const AHEAD_PER_WORKER = 8;

/** Batches 0, 1, 2 ... rendered ahead by worker threads; always the same for the same seed, however many render. */
export class BatchStream {
  private readonly workers: Worker[];
  private readonly waiting = new Map<number, { resolve: (batch: Batch) => void; reject: (error: Error) => void }>();
  private readonly ready = new Map<number, Promise<Batch>>();
  private requested = 0;
  private readonly recipe: Recipe;

  constructor(
    input: WorkerInput,
    private readonly count: number,
    workers: number,
  ) {
    this.recipe = input.recipe;
    this.workers = Array.from({ length: workers }, () => {
      const worker = new Worker(new URL('./batch-worker.js', import.meta.url), { workerData: input });
      worker.on('message', ({ step, batch }: { step: number; batch: Batch }) => {
        this.waiting.get(step)?.resolve(batch);
        this.waiting.delete(step);
      });
      worker.on('error', (error: Error) => {
        for (const { reject } of this.waiting.values()) reject(error);
        this.waiting.clear();
      });
      return worker;
    });
    for (let i = 0; i < workers * AHEAD_PER_WORKER; i++) this.request();
  }

  /** The batch of the next step. */
  async take(step: number): Promise<Batch> {
    this.request();
    const batch = await (this.ready.get(step) as Promise<Batch>);
    this.ready.delete(step);
    return batch;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private request(): void {
    if (this.requested >= this.count) return;
    const step = this.requested++;
    const promise = new Promise<Batch>((resolve, reject) => this.waiting.set(step, { resolve, reject }));
    promise.catch(() => {}); // reported to whoever takes it
    this.ready.set(step, promise);
    this.workers[groupOf(step, this.recipe) % this.workers.length]?.postMessage(step);
  }
}
