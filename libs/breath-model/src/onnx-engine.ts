// First, before the import of the runtime.
import './no-telemetry.js';
import { EupneaError } from '#libs/contracts';
import { type NetworkInput, createFrontEnd } from '#libs/features';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Batch, batchesOf } from './batches.js';
import type { ModelBundle } from './bundle.js';
import type { InferenceEngine, Prediction } from './engine.js';

const OUTPUTS = ['rr', 'rr_std', 'breath_classes', 'noise'];

/**
 * ONNX Runtime on one thread: several sessions or threads in a process have crashed, so a service scales by processes.
 * @throws EupneaError MODEL_BROKEN when model.onnx does not load, has other inputs and outputs than docs/interfaces.md, or
 * reads other widths than the bundle's front end gives
 */
export async function createOnnxEngine(bundle: ModelBundle): Promise<InferenceEngine> {
  const session = await openSession(bundle);
  return {
    modelVersion: bundle.manifest.version,
    run: (windows) => runAll(session, windows),
    close: () => session.release(),
  };
}

async function openSession(bundle: ModelBundle): Promise<InferenceSession> {
  const session = await InferenceSession.create(bundle.model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  }).catch((cause: unknown) => {
    throw unusable(bundle, `does not load: ${(cause as Error).message}`, cause);
  });
  const faults = [
    ...inputFaults(session, widthsOf(bundle)),
    ...OUTPUTS.filter((name) => !session.outputNames.includes(name)).map((name) => `lacks output ${name}`),
  ];
  if (faults.length > 0) {
    await session.release();
    throw unusable(bundle, faults.join(', '));
  }
  return session;
}

/** The inputs that the bundle's front end gives, and their last dimension. */
function widthsOf({ manifest }: ModelBundle): Map<string, number> {
  const { featureWidth, levelWidth } = createFrontEnd(manifest.frontEnd);
  return new Map([['features', featureWidth], ...(levelWidth > 0 ? [['levels', levelWidth] as const] : [])]);
}

function inputFaults(session: InferenceSession, widths: Map<string, number>): string[] {
  const missing = [...widths.keys()].filter((name) => !session.inputNames.includes(name));
  const found = session.inputMetadata.flatMap((input) => {
    const expected = widths.get(input.name);
    if (expected === undefined) return [`asks for input ${input.name}, which its front end does not give`];
    const width = input.isTensor ? input.shape.at(-1) : undefined;
    return width === expected ? [] : [`reads ${input.name} of width ${width}, and its front end gives ${expected}`];
  });
  return [...missing.map((name) => `lacks input ${name}`), ...found];
}

async function runAll(session: InferenceSession, windows: readonly NetworkInput[]): Promise<Prediction[]> {
  const predictions = new Array<Prediction>(windows.length);
  for (const batch of batchesOf(windows)) {
    const rows = await runBatch(session, batch);
    batch.places.forEach((place, row) => (predictions[place] = rows[row] as Prediction));
  }
  return predictions;
}

async function runBatch(session: InferenceSession, batch: Batch): Promise<Prediction[]> {
  const size = batch.places.length;
  const { features, levels, frames } = batch;
  const inputs = {
    features: new Tensor('float32', features, [size, frames, features.length / size / frames]),
    ...(levels.length > 0 ? { levels: new Tensor('float32', levels, [size, levels.length / size]) } : {}),
  };
  const outputs = await session.run(inputs, OUTPUTS);
  const values = (name: string) => outputs[name]?.data as Float32Array;
  const [rr, rrStd, classes, noise] = [values('rr'), values('rr_std'), values('breath_classes'), values('noise')];
  return batch.places.map((_, row) => ({
    rrPerMinute: rr[row] as number,
    rrStdDev: rrStd[row] as number,
    pNone: classes[3 * row] as number,
    pNormal: classes[3 * row + 1] as number,
    pHeavy: classes[3 * row + 2] as number,
    pNoise: noise[row] as number,
  }));
}

function unusable(bundle: ModelBundle, what: string, cause?: unknown): EupneaError {
  return new EupneaError('MODEL_BROKEN', `the network of ${bundle.manifest.version} in ${bundle.folder} ${what}`, {
    hint: 'Export the bundle again with the trainer of this version.',
    cause,
  });
}
