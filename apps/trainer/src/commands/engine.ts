import { type ExplainingEngine, type ModelBundle, createOnnxEngine, createTensorFlowEngine } from '#libs/breath-model';
import { loadTensorFlow } from '#libs/tensorflow';
import { Option } from 'commander';

export type EngineName = 'onnx' | 'tensorflow';

export const engineOption = (): Option =>
  new Option('--engine <name>', 'onnx is what the services run; tensorflow needs trainer setup and is slower')
    .choices(['onnx', 'tensorflow'])
    .default('onnx');

/** @throws EupneaError MODEL_BROKEN, or TENSORFLOW_MISSING when tfjs-node is not set up */
export async function openEngine(bundle: ModelBundle, name: EngineName): Promise<ExplainingEngine> {
  if (name === 'onnx') return createOnnxEngine(bundle);
  return createTensorFlowEngine(bundle, await loadTensorFlow('node'));
}
