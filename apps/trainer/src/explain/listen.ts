import { median } from '#libs/agreement';
import type { ExplainingEngine, ModelBundle, Prediction } from '#libs/breath-model';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { MelFilterbank, createFrameExtractor, createFrontEnd, framesIn } from '#libs/features';
import { type CountedBreaths, countBreaths } from './count-breaths.js';
import { type Density, densityOfEnvelope, densityOfPhases } from './density.js';
import { type Verdict, verdictOf } from './verdict.js';

/** The windows that the estimator makes. */
const WINDOW_SECONDS = 6;
const HOP_SECONDS = 3;
export const SHORTEST_WINDOW_SECONDS = 4;

export interface HeardWindow extends Verdict {
  /** Seconds after the start of the sound. */
  start: number;
  seconds: number;
  prediction: Prediction;
}

/** All that a model heard in a sound. */
export interface Heard {
  seconds: number;
  /** [frames, 40] every 10 ms. */
  melEnergies: Float32Array;
  windows: HeardWindow[];
  density: Density;
  counted: CountedBreaths;
  /** The median over the accepted windows, per minute; undefined without one. */
  medianRate: number | undefined;
}

/**
 * Listens to a sound as the estimator does, and asks the network what it hears at each moment.
 * @param samples 16 kHz mono, at least 4 s
 */
export async function listen(samples: Float32Array, bundle: ModelBundle, engine: ExplainingEngine): Promise<Heard> {
  const { thresholds } = bundle.manifest;
  const frontEnd = createFrontEnd(bundle.manifest.frontEnd);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  const seconds = samples.length / ANALYSIS_RATE_HZ;
  const spans = spansOf(seconds);
  const explanations = await engine.explain(
    spans.map(({ start, end }) => {
      const part = samples.subarray(Math.round(start * ANALYSIS_RATE_HZ), Math.round(end * ANALYSIS_RATE_HZ));
      return frontEnd.apply(extractor.frames(part), framesIn(part.length, extractor));
    }),
  );
  const windows = spans.map(({ start, end }, at) => {
    const { prediction } = explanations[at] as (typeof explanations)[number];
    return { start, seconds: end - start, prediction, ...verdictOf(prediction, thresholds) };
  });
  const melEnergies = new MelFilterbank().frames(samples);
  const withPhases = windows.flatMap(({ start, seconds: length }, at) => {
    const phases = explanations[at]?.phases;
    return phases ? [{ start, seconds: length, phases }] : [];
  });
  const density = withPhases.length > 0 ? densityOfPhases(withPhases, seconds) : densityOfEnvelope(melEnergies);
  const rates = windows.filter(({ quality }) => quality === 'ok').map(({ prediction }) => prediction.rrPerMinute);
  return {
    seconds,
    melEnergies,
    windows,
    density,
    counted: countBreaths(density),
    medianRate: rates.length > 0 ? median(rates) : undefined,
  };
}

/** Windows of 6 s every 3 s; the last may be shorter, down to 4 s. */
function spansOf(seconds: number): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = [];
  for (let start = 0; start + SHORTEST_WINDOW_SECONDS <= seconds; start += HOP_SECONDS) {
    const end = Math.min(start + WINDOW_SECONDS, seconds);
    spans.push({ start, end });
    if (end === seconds) break;
  }
  return spans;
}
