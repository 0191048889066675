import type { InferenceEngine } from '#libs/breath-model';
import type { FrontEndConfig } from '#libs/features';
import { cut } from '../draws/mix.js';
import type { NoiseSound } from '../draws/sounds.js';
import { type FreeObservation, type SegmentObservation, createPredictor, observeFree } from '../evaluation/observe.js';
import type { LabelledSegment, PeopleSplit, SegmentRecording, SegmentSet } from './segment-set.js';

/** A segment of somebody whom the network was not trained on, and what the exported network says about its sound. */
export type ReadSegment = LabelledSegment & Pick<SegmentObservation, 'clean'>;

export interface Readings {
  validation: ReadSegment[];
  evaluation: ReadSegment[];
  /** Clips of the data set's noise: nobody breathes in them. */
  clips: FreeObservation[];
  /** Synthesised breath-free sound. */
  synthetic: FreeObservation[];
}

/** Runs an exported network on sound, as the services would: segments of two parts of the people, and breath-free sound. */
export async function readNetwork(
  engine: InferenceEngine,
  frontEnd: FrontEndConfig,
  set: SegmentSet,
  split: PeopleSplit,
  synthetic: readonly NoiseSound[],
): Promise<Readings> {
  const predict = createPredictor(engine, frontEnd);
  const read = async (people: readonly string[]): Promise<ReadSegment[]> => {
    const segments = set.segments.filter(({ subjectId }) => people.includes(subjectId));
    const predictions = await predict(segments.map((segment) => soundOf(set, segment)));
    return segments.map((segment, at) => ({ ...segment, clean: predictions[at] as ReadSegment['clean'] }));
  };
  return {
    validation: await read(split.validation),
    evaluation: await read(split.evaluation),
    clips: await observeFree(predict, set.noise),
    synthetic: await observeFree(predict, synthetic),
  };
}

/** 16 kHz mono. */
export function soundOf({ recordings }: SegmentSet, { recordingId, start, end }: LabelledSegment): Float32Array {
  return cut((recordings.get(recordingId) as SegmentRecording).samples, start, end);
}
