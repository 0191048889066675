/** A worker thread that renders the batches it is asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { BatchMaker } from './batch.js';
import type { WorkerInput } from './batch-stream.js';

const { sounds, recipe, seed } = workerData as WorkerInput;
const maker = new BatchMaker(sounds, recipe, seed);

parentPort?.on('message', (step: number) => {
  const batch = maker.make(step);
  const buffers = [batch.features.buffer, batch.levels.buffer, batch.phases.buffer] as ArrayBuffer[];
  parentPort?.postMessage({ step, batch }, buffers);
});
