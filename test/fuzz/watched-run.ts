import { Worker } from 'node:worker_threads';
import { type Tally, add, emptyTally } from './tally.js';

export interface Episode {
  episode: number;
  messages: number;
}

export interface WorkerOrder {
  seed: number;
  episodes: Episode[];
  modelFolder: string;
  /** Two 32-bit integers: the episode and the message that the worker is at, `NOWHERE` until its first. */
  place: SharedArrayBuffer;
}

const NOWHERE = -1;

export interface WatchedRunOptions extends Omit<WorkerOrder, 'place'> {
  /** A message that takes longer is a hang. */
  patienceMs: number;
  onProgress: (messages: number) => void;
  /** The program of the worker; tests put one here that hangs. */
  worker?: URL;
}

/** What one worker did: its tally so far, and the episode in which it was lost, if it was. */
interface Turn {
  tally: Tally;
  done: number;
  lost?: 'hangs' | 'crashes';
  what?: string;
}

/**
 * Runs the episodes in a worker. One that comes to no end with a message, or dies of it, is replaced by another, which
 * goes on with the next episode; the message is named.
 */
export async function watchedRun(options: WatchedRunOptions): Promise<Tally> {
  const total = emptyTally();
  let { episodes } = options;
  while (episodes.length > 0) {
    const place = new SharedArrayBuffer(8);
    new Int32Array(place).fill(NOWHERE);
    const turn = await oneWorker({ ...options, episodes, place });
    add(total, turn.tally);
    if (turn.lost) {
      const [episode, message] = new Int32Array(place);
      const lost = episodes[turn.done]?.messages ?? 0;
      const where = `--seed ${options.seed} --episode ${episode}, message ${message}`;
      const fault = { ...emptyTally(), messages: lost, faults: [`${turn.lost}: ${turn.what} (${where})`] };
      fault[turn.lost] = 1;
      add(total, fault);
      options.onProgress(lost);
    }
    episodes = episodes.slice(turn.done + (turn.lost ? 1 : 0));
  }
  return total;
}

function oneWorker(order: WatchedRunOptions & WorkerOrder): Promise<Turn> {
  const { seed, episodes, modelFolder, place, patienceMs, onProgress } = order;
  const worker = new Worker(order.worker ?? new URL('./worker.js', import.meta.url), {
    workerData: { seed, episodes, modelFolder, place } satisfies WorkerOrder,
  });
  const turn: Turn = { tally: emptyTally(), done: 0 };
  return new Promise((resolve) => {
    const at = new Int32Array(place);
    let seen = '';
    let since = 0;
    const watch = setInterval(
      () => {
        const now = `${at[0]}/${at[1]}/${turn.done}`;
        if (now !== seen || at[0] === NOWHERE) since = performance.now(); // the worker's start is no message
        seen = now;
        if (performance.now() - since > patienceMs) end('hangs', `no end within ${patienceMs} ms`);
      },
      Math.min(1_000, patienceMs / 4),
    );
    const end = (lost?: Turn['lost'], what = '') => {
      clearInterval(watch);
      void worker.terminate().then(() => resolve(lost ? { ...turn, lost, what } : turn));
    };
    worker.on('message', (tally: Tally) => {
      add(turn.tally, tally);
      turn.done += 1;
      onProgress(tally.messages);
      if (turn.done === episodes.length) end();
    });
    worker.on('error', (error) => end('crashes', String(error.stack ?? error)));
  });
}
