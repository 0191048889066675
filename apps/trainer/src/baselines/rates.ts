import { envelopeOf } from './envelope.js';
import { type FittedBaselines, unpackKernelRidge } from './fitted.js';
import { predictKernelRidge } from './kernel-ridge.js';
import { peaksPerMinute } from './peak-counting.js';
import { periodicityFeatures } from './periodicity-features.js';
import { unfittedRates } from './unfitted.js';

/** What a network must beat, from the simplest on. */
export const BASELINE_NAMES = ['autocorrelation', 'spectralPeak', 'peakCounting', 'kernelRidge'] as const;
export type BaselineName = (typeof BASELINE_NAMES)[number];

/** Those that learnt something from training people. */
export const FITTED_BASELINES: readonly BaselineName[] = ['peakCounting', 'kernelRidge'];

/** The baseline that a command line names: kernelRidge is `kernel-ridge` there. */
export function baselineNamed(text: string): BaselineName | undefined {
  return BASELINE_NAMES.find((name) => commandLineName(name) === text);
}
export const commandLineName = (name: BaselineName): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Rates per minute; the last two only where fitted baselines are at hand. */
export type BaselineRates = Readonly<Partial<Record<BaselineName, number>>>;

/** A fitted rate outside this is none that the data know. */
const LOWEST_RATE = 5;
const HIGHEST_RATE = 150;

/** @returns a function from a segment's samples (16 kHz) to each baseline's rate */
export function createBaselines(fitted?: FittedBaselines): (samples: Float32Array) => BaselineRates {
  if (fitted === undefined) return (samples) => unfittedRates(envelopeOf(samples));
  const { slope, intercept } = fitted.peakCounting;
  const ridge = unpackKernelRidge(fitted.kernelRidge);
  const within = (rate: number): number => Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, rate));
  return (samples) => {
    const envelope = envelopeOf(samples);
    return {
      ...unfittedRates(envelope),
      peakCounting: within(intercept + slope * peaksPerMinute(envelope)),
      kernelRidge: within(predictKernelRidge(ridge, periodicityFeatures(envelope))),
    };
  };
}
