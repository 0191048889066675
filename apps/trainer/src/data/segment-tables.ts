import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { LabelledSegment, Participant, PulseReading, SegmentRecording } from '../paper/segment-set.js';
import { readBreathData } from './breath-data.js';
import { readCountLabels } from './count-labels.js';
import { type OnFault, dataFault, refuse } from './csv.js';
import { readTrialTables } from './trial-tables.js';

/** A recording as its tables describe it, before its sound is decoded. */
export type DescribedRecording = Omit<SegmentRecording, 'samples'> & {
  audioFile: string;
  /** Seconds of the recording in which labels may lie. */
  validStart: number;
  validEnd: number;
};

/** All that the tables of a folder say; sounds are not read yet. */
export interface SegmentTables {
  name: string;
  simulated: boolean;
  participants: Map<string, Participant>;
  recordings: Map<string, DescribedRecording>;
  segments: LabelledSegment[];
  pulses: PulseReading[];
}

const datasetSchema = z.object({ name: z.string().min(1), simulated: z.boolean() });

/** The trial protocol has trials.csv; the other layout with segments.csv is that of coswara-breath. */
export const hasTrials = (folder: string): boolean => existsSync(join(folder, 'trials.csv'));

/**
 * Reads the tables of a folder of the trial layout, or one laid out like coswara-breath (docs/data.md).
 * @param onFault takes every fault, where a check collects them all; without it the first is thrown
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
export function readSegmentTables(folder: string, onFault: OnFault = refuse): SegmentTables {
  const tables = hasTrials(folder) ? readTrialTables(folder, onFault) : readBreathTables(folder, onFault);
  if (tables.segments.length === 0) onFault(dataFault(`${folder}: no segments`));
  return { ...readDataset(folder, onFault), ...tables };
}

/** dataset.json names the set and says whether it is simulated; without it a set is named by its folder and real. */
function readDataset(folder: string, onFault: OnFault): Pick<SegmentTables, 'name' | 'simulated'> {
  const named = { name: basename(resolve(folder)), simulated: false };
  const file = join(folder, 'dataset.json');
  if (!existsSync(file)) return named;
  try {
    const { name, simulated } = datasetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { name, simulated };
  } catch {
    onFault(dataFault(`${file}:1: expected {"name": "...", "simulated": true or false}`));
    return named;
  }
}

/** Volunteers of coswara-breath recorded themselves at home: all of it is indoors, and nobody labelled its noise. */
function readBreathTables(folder: string, onFault: OnFault): Omit<SegmentTables, 'name' | 'simulated'> {
  const { participants, recordings: described } = readBreathData(folder, onFault);
  const recordings = new Map(
    [...described.values()].map(
      ({ recordingId, subjectId, audioFile, validStart, validEnd }): [string, DescribedRecording] => [
        recordingId,
        { recordingId, subjectId, environment: 'indoor', stage: 'none', audioFile, validStart, validEnd },
      ],
    ),
  );
  return { participants, recordings, segments: readCountLabels(folder, recordings, onFault), pulses: [] };
}
