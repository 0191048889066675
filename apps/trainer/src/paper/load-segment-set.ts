import { hashData, findDataFolders } from '../data/folders.js';
import { type NoiseClip, readNoiseData } from '../data/noise-data.js';
import { readSegmentTables } from '../data/segment-tables.js';
import { readSharedSound } from '../data/sound.js';
import type { SegmentSet } from './segment-set.js';

/** Classes of noise that are no background that lasts: the paper augments with pseudo-stationary sounds only. */
const NOT_STATIONARY = new Set(['speech', 'cough', 'dog_bark', 'clock_tick', 'dude_miaowing']);

const isPseudoStationary = ({ noiseClass }: NoiseClip): boolean => !NOT_STATIONARY.has(noiseClass);

export interface LoadOptions {
  /** Where noise.csv is; without it, a noise folder inside `folder` is taken, as `train` does. */
  noiseFolder?: string;
  onProgress?: (files: number, of: number) => void;
}

/**
 * Reads a set of counted segments in the trial layout, or one laid out like coswara-breath, and decodes its sounds and
 * its pseudo-stationary noise to 16 kHz (docs/data.md).
 * @param folder holds segments.csv, or one folder that does
 * @throws EupneaError FILE_NOT_FOUND, NOT_AUDIO, or DATA_INVALID naming file and line
 */
export function loadSegmentSet(folder: string, { noiseFolder, onProgress }: LoadOptions = {}): SegmentSet {
  const folders = findDataFolders(folder, noiseFolder);
  const { recordings, ...tables } = readSegmentTables(folders.breath);
  const clips = folders.noise ? readNoiseData(folders.noise).filter(isPseudoStationary) : [];
  let files = 0;
  const decode = (file: string): Float32Array => {
    const samples = readSharedSound(file);
    onProgress?.(++files, recordings.size + clips.length);
    return samples;
  };
  const heard = [...recordings.values()].map(
    ({ audioFile, recordingId, subjectId, environment, stage, trialId, activity }) => {
      const trial = { ...(trialId ? { trialId } : {}), ...(activity ? { activity } : {}) };
      return { recordingId, subjectId, environment, stage, ...trial, samples: decode(audioFile) };
    },
  );
  const noise = clips.map(({ noiseId, noiseClass, audioFile }) => ({
    noiseId,
    noiseClass,
    samples: decode(audioFile),
  }));
  const dataSha256 = hashData([folders.breath, ...(folders.noise ? [folders.noise] : [])]);
  return { ...tables, recordings: new Map(heard.map((one) => [one.recordingId, one])), noise, dataSha256 };
}
