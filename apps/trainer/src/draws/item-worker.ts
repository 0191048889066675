/** A worker thread that renders the items it is asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import type { BankInput } from './item-bank.js';
import { ItemMaker } from './item.js';

const { sounds, recipe, seed } = workerData as BankInput;
const maker = new ItemMaker(sounds, recipe, seed);

parentPort?.on('message', ({ from, to }: { from: number; to: number }) => {
  const items = Array.from({ length: to - from }, (_, at) => maker.make(from + at));
  parentPort?.postMessage(items);
});
