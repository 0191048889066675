/** Throws episode after episode, and writes where it is into shared memory, so that its watcher sees when it hangs. */
import { parentPort, workerData } from 'node:worker_threads';
import { createOnnxEngine, loadBundle } from '#libs/breath-model';
import { estimateModel } from '#libs/estimation';
import { runEpisode } from './episode.js';
import type { WorkerOrder } from './watched-run.js';

const { seed, episodes, modelFolder, place } = workerData as WorkerOrder;
const at = new Int32Array(place);
const bundle = await loadBundle(modelFolder);
const engine = await createOnnxEngine(bundle);
const model = estimateModel(bundle, engine);
for (const { episode, messages } of episodes) {
  Atomics.store(at, 0, episode);
  const onMessage = (message: number) => void Atomics.store(at, 1, message);
  parentPort?.postMessage(await runEpisode({ seed, episode, messages, model, onMessage }));
}
await engine.close();
