import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type OnFault, dataFault, eachRow, refuse } from './csv.js';

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
 * @param onFault takes every fault; without it the first is thrown
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
export function readNoiseData(folder: string, onFault: OnFault = refuse): NoiseClip[] {
  const seen = new Set<string>();
  const clips: NoiseClip[] = [];
  eachRow(join(folder, 'noise.csv'), ['noise_id', 'class'], onFault, (row) => {
    const noiseId = row.text('noise_id');
    if (seen.has(noiseId)) throw row.fault(`noise '${noiseId}' stands twice`);
    seen.add(noiseId);
    const audioFile = join(folder, `${noiseId}.flac`);
    if (!existsSync(audioFile)) onFault(row.fault(`there is no ${audioFile}`));
    const subjectId = PERSON.exec(noiseId)?.[1];
    clips.push({ noiseId, noiseClass: row.text('class'), audioFile, ...(subjectId ? { subjectId } : {}) });
  });
  if (clips.length === 0) onFault(dataFault(`${folder}: no clips`));
  return clips;
}
