// First, before the import of the runtime.
import './no-telemetry.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelBundle } from './bundle.js';
import type { ExplainingEngine } from './engine.js';
import { engineOf, unusableNetwork } from './network-outputs.js';

/**
 * ONNX Runtime on one thread: several sessions or threads in a process have crashed, so a service scales by processes.
 * @throws EupneaError MODEL_BROKEN when model.onnx does not load, has other inputs and outputs than docs/interfaces.md, or
 * reads other widths than the bundle's front end gives
 */
export async function createOnnxEngine(bundle: ModelBundle): Promise<ExplainingEngine> {
  const session = await openSession(bundle);
  return engineOf(bundle, {
    inputs: session.inputMetadata.map((input) => ({
      name: input.name,
      width: input.isTensor ? input.shape.at(-1) : undefined,
    })),
    outputNames: session.outputNames,
    run: async ({ places, frames, features, levels }, outputs) => {
      const size = places.length;
      const inputs = {
        features: new Tensor('float32', features, [size, frames, features.length / size / frames]),
        ...(levels.length > 0 ? { levels: new Tensor('float32', levels, [size, levels.length / size]) } : {}),
      };
      const results = await session.run(inputs, outputs);
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
