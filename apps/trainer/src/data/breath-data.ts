import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '#libs/agreement';
import type { Participant } from '../paper/segment-set.js';
import { type CsvRow, type OnFault, dataFault, eachRow, refuse, tolerate } from './csv.js';
import { noteParticipant } from './participants.js';

const BREATH_LABELS = ['inhale', 'exhale', 'breath', 'pause', 'noise'] as const;
export type BreathLabel = (typeof BREATH_LABELS)[number];

/** An annotated stretch; times in seconds of the recording. */
export interface BreathEvent {
  start: number;
  end: number;
  label: BreathLabel;
}

/** One breath cycle. Its share of a stretch is the overlap divided by `weightSeconds`. */
export interface BreathCycle {
  start: number;
  end: number;
  partial: boolean;
  /** The cycle's duration; for a partial one at least the recording's median, so that half a cycle counts as half. */
  weightSeconds: number;
}

/** An annotated recording, not yet its sound. */
export interface BreathRecording {
  recordingId: string;
  subjectId: string;
  audioFile: string;
  durationSeconds: number;
  validStart: number;
  validEnd: number;
  medianRrPerMinute: number;
  cycles: BreathCycle[];
  events: BreathEvent[];
  /** Rows in segments.csv: how often it is drawn in training. */
  segments: number;
}

/** One row of segments.csv: a stretch with its reference rate. */
export interface BreathSegment {
  segmentId: string;
  recordingId: string;
  subjectId: string;
  start: number;
  end: number;
  rrPerMinute: number;
}

export interface BreathData {
  /** Sex and age where the table knows them. */
  participants: Map<string, Participant>;
  recordings: Map<string, BreathRecording>;
  segments: BreathSegment[];
}

/**
 * Reads a folder laid out like `coswara-breath`. Everything is checked here and trusted afterwards.
 * @param onFault takes every fault, where a check collects them all; without it the first is thrown
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
export function readBreathData(folder: string, onFault: OnFault = refuse): BreathData {
  const participants = new Map<string, Participant>();
  const recordings = new Map<string, BreathRecording>();
  const columns = ['recording_id', 'subject_id', 'duration_s', 'valid_start_s', 'valid_end_s', 'median_rr_bpm'];
  eachRow(join(folder, 'recordings.csv'), columns, onFault, (row) => {
    const recording = readRecording(row, folder, onFault);
    if (recordings.has(recording.recordingId)) throw row.fault(`recording '${recording.recordingId}' stands twice`);
    recordings.set(recording.recordingId, recording);
    tolerate(onFault, () => noteParticipant(row, { sex: 'gender', age: 'age' }, participants));
  });
  readCycles(folder, recordings, onFault);
  readEvents(folder, recordings, onFault);
  const segments = readSegments(folder, recordings, onFault);
  if (recordings.size === 0 || segments.length === 0) onFault(dataFault(`${folder}: no recordings or no segments`));
  return { participants, recordings, segments };
}

function readRecording(row: CsvRow, folder: string, onFault: OnFault): BreathRecording {
  const durationSeconds = row.number('duration_s', { min: 0 });
  const validStart = row.number('valid_start_s', { min: 0, max: durationSeconds });
  const validEnd = row.number('valid_end_s', { min: validStart, max: durationSeconds + ROUNDED_SECONDS });
  const recordingId = row.text('recording_id');
  const audioFile = join(folder, 'audio', `${recordingId}.flac`);
  if (!existsSync(audioFile)) onFault(row.fault(`there is no ${audioFile}`));
  const medianRrPerMinute = row.number('median_rr_bpm', { min: 0, max: 200 });
  const subjectId = row.text('subject_id');
  const lists = { cycles: [], events: [], segments: 0 };
  return { recordingId, subjectId, audioFile, durationSeconds, validStart, validEnd, medianRrPerMinute, ...lists };
}

/** The recording that a row is about; the row must name its person. */
export function recordingOf<R extends { recordingId: string; subjectId: string }>(
  row: CsvRow,
  recordings: ReadonlyMap<string, R>,
): R {
  const recording = recordings.get(row.text('recording_id'));
  if (recording === undefined) throw row.fault(`recordings.csv has no recording '${row.text('recording_id')}'`);
  const subjectId = row.text('subject_id');
  if (subjectId !== recording.subjectId) {
    throw row.fault(`recording '${recording.recordingId}' is ${recording.subjectId}'s, not ${subjectId}'s`);
  }
  return recording;
}

/** Tables round times to this. */
const ROUNDED_SECONDS = 0.01;

/** The stretch that a row marks; it lies inside the recording's `from` to `to`. */
export function readStretch(row: CsvRow, from: number, to: number): { start: number; end: number } {
  const start = row.number('start_s', { min: 0 });
  const end = row.number('end_s');
  if (end <= start) throw row.fault(`it ends at ${end} s and starts at ${start} s`);
  if (start < from - ROUNDED_SECONDS || end > to + ROUNDED_SECONDS) {
    throw row.fault(`${start} to ${end} s leaves the recording, of which ${from} to ${to} s are valid`);
  }
  return { start, end };
}

const STRETCH = ['recording_id', 'subject_id', 'start_s', 'end_s'];

function readCycles(folder: string, recordings: Map<string, BreathRecording>, onFault: OnFault): void {
  eachRow(join(folder, 'cycles.csv'), [...STRETCH, 'partial'], onFault, (row) => {
    const { durationSeconds, cycles } = recordingOf(row, recordings);
    const { start, end } = readStretch(row, 0, durationSeconds);
    const partial = row.oneOf('partial', ['0', '1']) === '1';
    cycles.push({ start, end, partial, weightSeconds: end - start });
  });
  for (const { cycles } of recordings.values()) {
    const whole = cycles.filter(({ partial }) => !partial).map(({ start, end }) => end - start);
    if (whole.length === 0) continue;
    const typical = median(whole);
    for (const cycle of cycles) if (cycle.partial) cycle.weightSeconds = Math.max(cycle.weightSeconds, typical);
  }
}

function readEvents(folder: string, recordings: Map<string, BreathRecording>, onFault: OnFault): void {
  eachRow(join(folder, 'annotations.csv'), [...STRETCH, 'label'], onFault, (row) => {
    const { durationSeconds, events } = recordingOf(row, recordings);
    events.push({ ...readStretch(row, 0, durationSeconds), label: row.oneOf('label', BREATH_LABELS) });
  });
}

function readSegments(folder: string, recordings: Map<string, BreathRecording>, onFault: OnFault): BreathSegment[] {
  const segments: BreathSegment[] = [];
  const seen = new Set<string>();
  eachRow(join(folder, 'segments.csv'), ['segment_id', ...STRETCH, 'rr_bpm'], onFault, (row) => {
    const segmentId = row.text('segment_id');
    if (seen.has(segmentId)) throw row.fault(`segment '${segmentId}' stands twice`);
    seen.add(segmentId);
    const recording = recordingOf(row, recordings);
    const { start, end } = readStretch(row, recording.validStart, recording.validEnd);
    recording.segments += 1;
    const { recordingId, subjectId } = recording;
    const rrPerMinute = row.number('rr_bpm', { min: 0, max: 200 });
    segments.push({ segmentId, recordingId, subjectId, start, end, rrPerMinute });
  });
  return segments;
}

/** Breath cycles in [start, end), fractional: each cycle counts with the covered share of it. */
export function breathsWithin(cycles: readonly BreathCycle[], start: number, end: number): number {
  let breaths = 0;
  for (const cycle of cycles) {
    breaths += Math.max(0, Math.min(end, cycle.end) - Math.max(start, cycle.start)) / cycle.weightSeconds;
  }
  return breaths;
}
