import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Participant, PulseReading } from '../paper/segment-set.js';
import { readCountLabels } from './count-labels.js';
import { type CsvRow, type OnFault, eachRow } from './csv.js';
import { noteParticipant } from './participants.js';
import type { DescribedRecording, SegmentTables } from './segment-tables.js';

/** The four one-minute clips of a trial, in their order (paper, Figure 1). */
export const CLIP_STAGES = ['before', 'during', 'after', 'cooldown'] as const;

export type ClipStage = (typeof CLIP_STAGES)[number];

const POSITIONS = ['1', '2', '3', '4', '5', '6'] as const;
const ENVIRONMENTS = ['indoor', 'outdoor', 'unknown'] as const;

interface Trial {
  trialId: string;
  subjectId: string;
  activity: string;
  environment: (typeof ENVIRONMENTS)[number];
}

/** Reads participants.csv, trials.csv, recordings.csv, segments.csv and pulse.csv (which may be absent). */
export function readTrialTables(folder: string, onFault: OnFault): Omit<SegmentTables, 'name' | 'simulated'> {
  const participants = readParticipants(folder, onFault);
  const trials = readTrials(folder, participants, onFault);
  const recordings = readRecordings(folder, trials, onFault);
  const segments = readCountLabels(folder, recordings, onFault);
  return { participants, recordings, segments, pulses: readPulses(folder, trials, onFault) };
}

function readParticipants(folder: string, onFault: OnFault): Map<string, Participant> {
  const participants = new Map<string, Participant>();
  eachRow(join(folder, 'participants.csv'), ['subject_id', 'sex', 'age_years'], onFault, (row) => {
    if (participants.has(row.text('subject_id'))) throw row.fault(`'${row.text('subject_id')}' stands twice`);
    noteParticipant(row, { sex: 'sex', age: 'age_years' }, participants);
  });
  return participants;
}

function readTrials(folder: string, participants: ReadonlyMap<string, Participant>, onFault: OnFault) {
  const trials = new Map<string, Trial>();
  eachRow(join(folder, 'trials.csv'), ['trial_id', 'subject_id', 'activity', 'environment'], onFault, (row) => {
    const trialId = row.text('trial_id');
    const subjectId = row.text('subject_id');
    if (trials.has(trialId)) throw row.fault(`trial '${trialId}' stands twice`);
    if (!participants.has(subjectId)) throw row.fault(`participants.csv has no '${subjectId}'`);
    const environment = row.oneOf('environment', ENVIRONMENTS);
    trials.set(trialId, { trialId, subjectId, activity: row.text('activity'), environment });
  });
  return trials;
}

function trialOf(row: CsvRow, trials: ReadonlyMap<string, Trial>): Trial {
  const trial = trials.get(row.text('trial_id'));
  if (trial === undefined) throw row.fault(`trials.csv has no trial '${row.text('trial_id')}'`);
  const subjectId = row.text('subject_id');
  if (subjectId !== trial.subjectId) {
    throw row.fault(`trial '${trial.trialId}' is ${trial.subjectId}'s, not ${subjectId}'s`);
  }
  return trial;
}

function readRecordings(folder: string, trials: ReadonlyMap<string, Trial>, onFault: OnFault) {
  const recordings = new Map<string, DescribedRecording>();
  const clips = new Set<string>();
  const columns = ['recording_id', 'trial_id', 'subject_id', 'stage', 'duration_s'];
  eachRow(join(folder, 'recordings.csv'), columns, onFault, (row) => {
    const recordingId = row.text('recording_id');
    if (recordings.has(recordingId)) throw row.fault(`recording '${recordingId}' stands twice`);
    const { trialId, subjectId, activity, environment } = trialOf(row, trials);
    const stage = row.oneOf('stage', CLIP_STAGES);
    const clip = `${trialId} ${stage}`;
    if (clips.has(clip)) throw row.fault(`trial '${trialId}' has a clip '${stage}' already`);
    clips.add(clip);
    const durationSeconds = row.number('duration_s', { min: 0 });
    const audioFile = join(folder, 'audio', `${recordingId}.flac`);
    if (!existsSync(audioFile)) onFault(row.fault(`there is no ${audioFile}`));
    const place = { audioFile, validStart: 0, validEnd: durationSeconds };
    recordings.set(recordingId, { recordingId, subjectId, environment, stage, trialId, activity, ...place });
  });
  return recordings;
}

function readPulses(folder: string, trials: ReadonlyMap<string, Trial>, onFault: OnFault): PulseReading[] {
  const pulses: PulseReading[] = [];
  const seen = new Set<string>();
  const file = join(folder, 'pulse.csv');
  if (!existsSync(file)) return pulses;
  eachRow(file, ['trial_id', 'subject_id', 'position', 'beats_per_minute'], onFault, (row) => {
    const { trialId, subjectId } = trialOf(row, trials);
    const position = Number(row.oneOf('position', POSITIONS)) as PulseReading['position'];
    const reading = `${trialId} ${position}`;
    if (seen.has(reading)) throw row.fault(`trial '${trialId}' has a reading ${position} already`);
    seen.add(reading);
    const beatsPerMinute = row.number('beats_per_minute', { min: 20, max: 260 });
    pulses.push({ subjectId, trialId, position, beatsPerMinute });
  });
  return pulses;
}
