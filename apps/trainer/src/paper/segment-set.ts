import type { TrialStage } from '#libs/contracts';

/** One annotated stretch of 4-7 s: what the paper's networks are trained on and measured with. */
export interface LabelledSegment {
  segmentId: string;
  recordingId: string;
  subjectId: string;
  /** Seconds of the recording. */
  start: number;
  end: number;
  /** RC: cycles at least half inside, a whole number. */
  breaths: number;
  /** RR = breaths / minutes; 0 without breath. */
  rrPerMinute: number;
  /** The noise task's label: noise in the background. */
  noisy: boolean;
}

export interface SegmentRecording {
  recordingId: string;
  subjectId: string;
  /** 16 kHz mono, in shared memory. */
  samples: Float32Array;
  environment: 'indoor' | 'outdoor' | 'unknown';
  stage: TrialStage;
  /** The trial that it belongs to, where the set has trials. */
  trialId?: string;
  activity?: string;
}

export interface Participant {
  subjectId: string;
  sex?: 'female' | 'male';
  ageYears?: number;
}

/** One of a trial's six pulse readings (Figure 1 of the paper). */
export interface PulseReading {
  subjectId: string;
  trialId: string;
  /** 1 before clip 1, 2 before clip 2, 3 and 4 before and after clip 3, 5 and 6 before and after clip 4. */
  position: 1 | 2 | 3 | 4 | 5 | 6;
  beatsPerMinute: number;
}

/** Noise that augmentation mixes in. */
export interface NoiseRecording {
  noiseId: string;
  noiseClass: string;
  /** 16 kHz mono, in shared memory. */
  samples: Float32Array;
}

/** A data set with one label per segment, whatever its layout on disk. */
export interface SegmentSet {
  name: string;
  /** Shown wherever a figure of it is: simulated people are no evidence about people. */
  simulated: boolean;
  participants: ReadonlyMap<string, Participant>;
  recordings: ReadonlyMap<string, SegmentRecording>;
  segments: readonly LabelledSegment[];
  pulses: readonly PulseReading[];
  noise: readonly NoiseRecording[];
  /** Of tables and sounds. */
  dataSha256: string;
}

/** People of the three parts; nobody is in two. */
export interface PeopleSplit {
  seed: number;
  train: readonly string[];
  validation: readonly string[];
  evaluation: readonly string[];
  /** Of the parts, so that a report can name its split. */
  sha256: string;
}
