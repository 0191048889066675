import { type TensorFlow, numbersOf } from '#libs/tensorflow';
import type { ModelBundle } from '../bundle.js';
import type { ExplainingEngine } from '../engine.js';
import { engineOf, unusableNetwork } from '../network-outputs.js';
import { type OnnxGraph, readGraph } from '../onnx/graph.js';
import { GraphRunner } from './graph-runner.js';

/**
 * TensorFlow.js on the same bundle: its answers are ONNX Runtime's to 1e-4, though not its bits.
 * @param tf as `loadTensorFlow` of libs/tensorflow gives it
 * @throws EupneaError MODEL_BROKEN when model.onnx cannot be read, uses an operator that is not implemented, or has
 * other inputs and outputs than docs/interfaces.md
 */
export async function createTensorFlowEngine(bundle: ModelBundle, tf: TensorFlow): Promise<ExplainingEngine> {
  const { graph, runner } = load(bundle, tf);
  return engineOf(bundle, {
    inputs: graph.inputs,
    outputNames: graph.outputs,
    run: async ({ places, frames, features, levels }, outputs) => {
      const size = places.length;
      try {
        return numbersOf(tf, () => {
          const inputs = {
            features: tf.tensor(features, [size, frames, features.length / size / frames]),
            ...(levels.length > 0 ? { levels: tf.tensor(levels, [size, levels.length / size]) } : {}),
          };
          const values = runner.run(inputs, outputs).map((tensor) => tensor.dataSync<'float32'>());
          return Object.fromEntries(outputs.map((name, at) => [name, values[at] as Float32Array]));
        });
      } catch (cause) {
        throw unusableNetwork(bundle, `does not run: ${(cause as Error).message}`, cause);
      }
    },
    close: async () => runner.dispose(),
  });
}

function load(bundle: ModelBundle, tf: TensorFlow): { graph: OnnxGraph; runner: GraphRunner } {
  try {
    const graph = readGraph(bundle.model);
    return { graph, runner: new GraphRunner(tf, graph) };
  } catch (cause) {
    throw unusableNetwork(bundle, `does not load: ${(cause as Error).message}`, cause);
  }
}
