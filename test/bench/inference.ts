import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createOnnxEngine, createTensorFlowEngine, loadBundle } from '#libs/breath-model';
import { createFrameExtractor, createFrontEnd, framesIn } from '#libs/features';
import { checkTensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { compare, report, rounded } from './measure.js';

const BATCH = 64;
const ROOT = new URL('../../../', import.meta.url); // from dist/test/bench/
const SHIPPED = fileURLToPath(new URL('models/default', ROOT));
const UNTRAINED = fileURLToPath(new URL('libs/breath-model/fixtures/untrained', ROOT));

export async function run(): Promise<Record<string, unknown>> {
  for (const threads of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS']) process.env[threads] = '1'; // as ONNX Runtime
  const bundle = await loadBundle(existsSync(SHIPPED) ? SHIPPED : UNTRAINED);
  const fault = checkTensorFlow();
  const onnx = await createOnnxEngine(bundle);
  const second = fault === undefined ? await createTensorFlowEngine(bundle, await loadTensorFlow('node')) : onnx;
  const samples = Float32Array.from({ length: 80_000 }, (_, n) => 0.1 * Math.sin(n / 7) * Math.sin(n / 9_000));
  const frontEnd = createFrontEnd(bundle.manifest.frontEnd);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  const input = frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor));
  const batch = new Array<typeof input>(BATCH).fill(input);
  const { one, many, secondOne, secondMany } = await compare({
    one: () => onnx.run([input]),
    many: () => onnx.run(batch),
    secondOne: () => second.run([input]),
    secondMany: () => second.run(batch),
  });
  report(`${onnx.modelVersion}, one 5 s window`, one);
  report(`${onnx.modelVersion}, ${BATCH} windows`, many);
  const figures = {
    model: onnx.modelVersion,
    windowSeconds: 5,
    batch1MsPerWindow: rounded(one.medianMs),
    batch64MsPerWindow: rounded(many.medianMs / BATCH),
  };
  await Promise.all([...new Set([onnx, second])].map((engine) => engine.close()));
  if (fault !== undefined) {
    console.log(`peer: TensorFlow.js is not there (${fault})`);
    return figures;
  }
  report('peer: TensorFlow.js, one 5 s window', secondOne);
  report(`peer: TensorFlow.js, ${BATCH} windows`, secondMany);
  return {
    ...figures,
    tensorflowBatch1MsPerWindow: rounded(secondOne.medianMs),
    tensorflowBatch64MsPerWindow: rounded(secondMany.medianMs / BATCH),
  };
}
