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

/** What a manifest or a fit says about its training. */
interface KnownTraining {
  dataSha256?: string | undefined;
  /** Who was heard, by name. */
  subjects?: unknown;
}

/** Says so when a model is measured on what it was trained on: its people, where it names them, or else the same data. */
export function warnOfOwnData(name: string, training: KnownTraining, { breath, dataSha256 }: MeasuredData): void {
  const people = new Set([...breath.recordings.values()].map(({ subjectId }) => subjectId));
  const heard = Array.isArray(training.subjects) ? training.subjects.filter((one) => people.has(one as string)) : [];
  if (heard.length > 0 && heard.length < people.size) {
    console.error(
      `${name} was trained on ${heard.length} of these ${people.size} people, by their names: its figures say how well it remembers them.`,
    );
  } else if (heard.length > 0 || (dataSha256 !== undefined && training.dataSha256 === dataSha256)) {
    console.error(`${name} was trained on these data: its figures say how well it remembers.`);
  }
}
