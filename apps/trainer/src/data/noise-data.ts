import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataFault, readCsv } from './csv.js';

/** A clip without breath; `subjectId` where it is a person's (speech, cough), so that folds can hold it out. */
export interface NoiseClip {
  noiseId: string;
  noiseClass: string;
  audioFile: string;
  subjectId?: string;
  /** Made by us, not recorded; `silent` is nothing at all. */
  synthetic?: 'sounding' | 'silent';
}

/** Clips of people who also breathe in the breath data carry their pseudonym at the end of their id. */
const PERSON = /_(cw\d+)$/;

/**
 * Reads a folder laid out like `noise`.
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
export function readNoiseData(folder: string): NoiseClip[] {
  const seen = new Set<string>();
  const clips = readCsv(join(folder, 'noise.csv'), ['noise_id', 'class']).map((row): NoiseClip => {
    const noiseId = row.text('noise_id');
    if (seen.has(noiseId)) throw row.fault(`noise '${noiseId}' stands twice`);
    seen.add(noiseId);
    const audioFile = join(folder, `${noiseId}.flac`);
    if (!existsSync(audioFile)) throw row.fault(`there is no ${audioFile}`);
    const subjectId = PERSON.exec(noiseId)?.[1];
    return { noiseId, noiseClass: row.text('class'), audioFile, ...(subjectId ? { subjectId } : {}) };
  });
  if (clips.length === 0) throw dataFault(`${folder}: no clips`);
  return clips;
}
