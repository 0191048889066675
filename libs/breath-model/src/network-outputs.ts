import { EupneaError } from '#libs/contracts';
import { type NetworkInput, createFrontEnd } from '#libs/features';
import { type Batch, batchesOf } from './batches.js';
import type { ModelBundle } from './bundle.js';
import type { Explanation, ExplainingEngine, FramePhases, Prediction } from './engine.js';

/** Names of the network's outputs (docs/interfaces.md). */
const OUTPUTS = ['rr', 'rr_std', 'breath_classes', 'noise'] as const;
/** [batch, frames, 4], optional. */
const PHASES = 'phases';
const PHASE_COUNT = 4;

type OutputName = (typeof OUTPUTS)[number] | typeof PHASES;

/** What differs between runtimes: a network that has been loaded. */
export interface LoadedNetwork {
  /** Each with its last dimension, where it states one. */
  inputs: readonly { name: string; width: number | string | undefined }[];
  outputNames: readonly string[];
  /** The values of some outputs for one batch, row by row. */
  run(batch: Batch, outputs: readonly OutputName[]): Promise<Record<string, Float32Array>>;
  close(): Promise<void>;
}

/**
 * The engine on a loaded network.
 * @throws EupneaError MODEL_BROKEN when the network lacks an input or output, or reads other widths than the bundle's front
 * end gives; it is closed then
 */
export async function engineOf(bundle: ModelBundle, network: LoadedNetwork): Promise<ExplainingEngine> {
  const faults = [
    ...inputFaults(bundle, network),
    ...OUTPUTS.filter((name) => !network.outputNames.includes(name)).map((name) => `lacks output ${name}`),
  ];
  if (faults.length > 0) {
    await network.close();
    throw unusableNetwork(bundle, faults.join(', '));
  }
  const all: readonly OutputName[] = network.outputNames.includes(PHASES) ? [...OUTPUTS, PHASES] : OUTPUTS;
  return {
    modelVersion: bundle.manifest.version,
    run: (windows) => inBatches(windows, async (batch) => predictionsOf(batch, await network.run(batch, OUTPUTS))),
    explain: (windows) => inBatches(windows, async (batch) => explanationsOf(batch, await network.run(batch, all))),
    close: () => network.close(),
  };
}

function inputFaults({ manifest }: ModelBundle, { inputs }: LoadedNetwork): string[] {
  const { featureWidth, levelWidth } = createFrontEnd(manifest.frontEnd);
  const widths = new Map([['features', featureWidth], ...(levelWidth > 0 ? [['levels', levelWidth] as const] : [])]);
  const missing = [...widths.keys()].filter((name) => !inputs.some((input) => input.name === name));
  const found = inputs.flatMap(({ name, width }) => {
    const expected = widths.get(name);
    if (expected === undefined) return [`asks for input ${name}, which its front end does not give`];
    return width === expected ? [] : [`reads ${name} of width ${width}, and its front end gives ${expected}`];
  });
  return [...missing.map((name) => `lacks input ${name}`), ...found];
}

export function unusableNetwork(bundle: ModelBundle, what: string, cause?: unknown): EupneaError {
  return new EupneaError('MODEL_BROKEN', `the network of ${bundle.manifest.version} in ${bundle.folder} ${what}`, {
    hint: 'Export the bundle again with the trainer of this version.',
    cause,
  });
}

/** One result per window, in their order. */
async function inBatches<T>(windows: readonly NetworkInput[], runBatch: (batch: Batch) => Promise<T[]>): Promise<T[]> {
  const results = new Array<T>(windows.length);
  for (const batch of batchesOf(windows)) {
    const rows = await runBatch(batch);
    batch.places.forEach((place, row) => (results[place] = rows[row] as T));
  }
  return results;
}

function predictionsOf({ places }: Batch, values: Record<string, Float32Array>): Prediction[] {
  const [rr, rrStd, classes, noise] = OUTPUTS.map((name) => values[name]) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return places.map((_, row) => ({
    rrPerMinute: rr[row] as number,
    rrStdDev: rrStd[row] as number,
    pNone: classes[3 * row] as number,
    pNormal: classes[3 * row + 1] as number,
    pHeavy: classes[3 * row + 2] as number,
    pNoise: noise[row] as number,
  }));
}

function explanationsOf(batch: Batch, values: Record<string, Float32Array>): Explanation[] {
  const phases = values[PHASES];
  return predictionsOf(batch, values).map((prediction, row, { length }) => ({
    prediction,
    phases: phases && phasesOfRow(phases, row, phases.length / length),
  }));
}

function phasesOfRow(phases: Float32Array, row: number, width: number): FramePhases {
  return { frames: width / PHASE_COUNT, probabilities: phases.slice(row * width, (row + 1) * width) };
}
