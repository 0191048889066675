// First, before the import of the runtime.
import './no-telemetry.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelBundle } from './bundle.js';
import type { ExplainingEngine } from './engine.js';
import { engineOf, unusableNetwork } from './network-outputs.js';

/**
 * ONNX Runtime on one thread: several sessions or threads in a process have crashed, so a service scales by processes.
 * @throws EupneaError MODEL_BROKEN when model.onnx does not load or has other inputs and outputs than docs/interfaces.md
 */
export async function createOnnxEngine(bundle: ModelBundle): Promise<ExplainingEngine> {
  const session = await openSession(bundle);
  return engineOf(bundle, {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async ({ places, frames, features, levels }, outputs) => {
      const size = places.length;
      const results = await session.run(
        {
          features: new Tensor('float32', features, [size, frames, features.length / size / frames]),
          levels: new Tensor('float32', levels, [size, levels.length / size]),
        },
        outputs,
      );
      return Object.fromEntries(outputs.map((name) => [name, results[name]?.data as Float32Array]));
    },
    close: () => session.release(),
  });
}

function openSession(bundle: ModelBundle): Promise<InferenceSession> {
  return InferenceSession.create(bundle.model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  }).catch((cause: unknown) => {
    throw unusableNetwork(bundle, `does not load: ${(cause as Error).message}`, cause);
  });
}
