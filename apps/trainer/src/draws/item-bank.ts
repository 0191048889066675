import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Recipe } from '../recipe/schema.js';
import type { TrainingItem } from './item.js';
import type { Sounds } from './sounds.js';

export interface BankInput {
  sounds: Sounds;
  recipe: Recipe;
  seed: number;
}

/** Items that a worker thread renders at a time. */
const CHUNK_ITEMS = 128;

/**
 * All items that trainings draw from. Rendering costs more than training does, so that it is done once: every fold of a
 * cross-validation takes, out of the same items, those that hold nobody and nothing of its held-out part.
 * @param workers threads that render
 * @param file keeps the bank, so that an interrupted run need not render again; the caller names it after all that
 * decides about the items
 */
export async function openBank(
  input: BankInput,
  file: string,
  { workers = 1, onProgress = (_done: number): void => {} } = {},
): Promise<TrainingItem[]> {
  if (existsSync(file)) return readChunks(file);
  const partial = `${file}.${process.pid}.partial`;
  mkdirSync(dirname(file), { recursive: true });
  rmSync(partial, { force: true });
  const chunks = await renderChunks(input, workers, onProgress);
  for (const chunk of chunks) {
    const bytes = serialize(chunk);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    appendFileSync(partial, length);
    appendFileSync(partial, bytes);
  }
  renameSync(partial, file);
  return chunks.flat();
}

/** Piece by piece: Node reads no file of more than 2 GiB at once. */
function readChunks(file: string): TrainingItem[] {
  const source = openSync(file, 'r');
  try {
    const { size } = fstatSync(source);
    const items: TrainingItem[] = [];
    const read = (length: number): Buffer => {
      const bytes = Buffer.allocUnsafe(length);
      readSync(source, bytes);
      return bytes;
    };
    for (let at = 0; at < size;) {
      const length = read(4).readUInt32LE();
      items.push(...(deserialize(read(length)) as TrainingItem[]));
      at += 4 + length;
    }
    return items;
  } finally {
    closeSync(source);
  }
}

async function renderChunks(
  input: BankInput,
  workers: number,
  onProgress: (done: number) => void,
): Promise<TrainingItem[][]> {
  const { items: count } = input.recipe.draws;
  const chunks: TrainingItem[][] = [];
  const total = Math.ceil(count / CHUNK_ITEMS);
  let next = 0;
  let done = 0;
  const serve = async (): Promise<void> => {
    const worker = new Worker(new URL('./item-worker.js', import.meta.url), { workerData: input });
    try {
      while (next < total) {
        const chunk = next++;
        const from = chunk * CHUNK_ITEMS;
        chunks[chunk] = await ask(worker, { from, to: Math.min(count, from + CHUNK_ITEMS) });
        onProgress((done += (chunks[chunk] as TrainingItem[]).length));
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: workers }, serve));
  return chunks;
}

function ask(worker: Worker, range: { from: number; to: number }): Promise<TrainingItem[]> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (items: TrainingItem[]) => {
      worker.off('error', reject);
      resolve(items);
    });
    worker.postMessage(range);
  });
}

/** The items of which a training may know: none of a recording or a recorded clip that is not in its sounds. */
export function itemsOf(bank: readonly TrainingItem[], { recordings, noise }: Sounds): TrainingItem[] {
  const heard = new Set(recordings.map(({ recordingId }) => recordingId));
  const noises = new Set(noise.map(({ noiseId }) => noiseId));
  return bank.filter(
    ({ recordingId, noiseId, synthetic }) =>
      (recordingId === undefined || heard.has(recordingId)) &&
      (noiseId === undefined || synthetic || noises.has(noiseId)),
  );
}
