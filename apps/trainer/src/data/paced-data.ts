import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Participant } from '../paper/segment-set.js';
import { type OnFault, dataFault, eachRow, refuse } from './csv.js';
import { noteParticipant } from './participants.js';
import { readSharedSound } from './sound.js';

/** A minute breathed to a beat, as its table describes it. */
export interface PacedRecording {
  recordingId: string;
  subjectId: string;
  audioFile: string;
  durationSeconds: number;
  /** The beat: the reference. */
  pacedRrPerMinute: number;
}

export interface PacedTables {
  participants: Map<string, Participant>;
  recordings: Map<string, PacedRecording>;
}

/** What says that a folder is of this layout. */
export const PACED_COLUMN = 'paced_rr_bpm';

/**
 * Reads recordings.csv of a folder laid out like `rrujo-stethoscope` (docs/data.md).
 * @param onFault takes every fault; without it the first is thrown
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
export function readPacedTables(folder: string, onFault: OnFault = refuse): PacedTables {
  const participants = new Map<string, Participant>();
  const recordings = new Map<string, PacedRecording>();
  const columns = ['recording_id', 'subject_id', 'duration_s', PACED_COLUMN];
  eachRow(join(folder, 'recordings.csv'), columns, onFault, (row) => {
    const recordingId = row.text('recording_id');
    if (recordings.has(recordingId)) throw row.fault(`recording '${recordingId}' stands twice`);
    const { subjectId } = noteParticipant(row, { sex: 'gender', age: 'age' }, participants);
    const durationSeconds = row.number('duration_s', { min: 0 });
    const pacedRrPerMinute = row.number(PACED_COLUMN, { min: 1, max: 200 });
    const audioFile = join(folder, 'audio', `${recordingId}.flac`);
    if (!existsSync(audioFile)) onFault(row.fault(`there is no ${audioFile}`));
    recordings.set(recordingId, { recordingId, subjectId, audioFile, durationSeconds, pacedRrPerMinute });
  });
  if (recordings.size === 0) onFault(dataFault(`${folder}: no recordings`));
  return { participants, recordings };
}

/** Samples are 16 kHz mono, in shared memory. */
export type PacedSound = PacedRecording & { samples: Float32Array };

/**
 * Paced minutes with their sound, for evaluation only: contact sound below 2.25 kHz says nothing about headphones.
 * @throws EupneaError FILE_NOT_FOUND, NOT_AUDIO, or DATA_INVALID naming file and line
 */
export function readPacedData(folder: string, onProgress?: (files: number, of: number) => void): PacedSound[] {
  const { recordings } = readPacedTables(folder);
  return [...recordings.values()].map((recording, at) => {
    const samples = readSharedSound(recording.audioFile);
    onProgress?.(at + 1, recordings.size);
    return { ...recording, samples };
  });
}
