import { type BreathData, readBreathData } from '../data/breath-data.js';
import { findDataFolders, hashData } from '../data/folders.js';
import { readNoiseData } from '../data/noise-data.js';
import { type Sounds, readSounds } from '../draws/sounds.js';
import { progressOf } from './progress.js';

/** Annotated recordings, and noise where a folder of it was named, to measure models on. */
export interface MeasuredData {
  breath: BreathData;
  sounds: Sounds;
  /** With noise alone: what a model trained on these data names as its own. */
  dataSha256?: string;
}

const QUIET_SECONDS = 0.15;

/** @throws EupneaError DATA_INVALID, FILE_NOT_FOUND, NOT_AUDIO */
export function readMeasuredData(data: string, noiseFolder?: string): MeasuredData {
  const folder = findDataFolders(data).breath;
  const breath = readBreathData(folder);
  const noise = noiseFolder ? readNoiseData(noiseFolder) : [];
  const bar = progressOf('decoding', breath.recordings.size + noise.length);
  let files = 0;
  const sounds = readSounds(breath, noise, QUIET_SECONDS, () => bar.update(++files));
  bar.stop();
  return { breath, sounds, ...(noiseFolder ? { dataSha256: hashData([folder, noiseFolder]) } : {}) };
}

/** Says so when a model is measured on what it was trained on. */
export function warnOfOwnData(name: string, training: { dataSha256?: string | undefined }, dataSha256?: string): void {
  if (dataSha256 === undefined || training.dataSha256 !== dataSha256) return;
  console.error(`${name} was trained on these data: its figures say how well it remembers.`);
}
