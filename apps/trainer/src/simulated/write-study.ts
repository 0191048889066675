import { encodeFlac } from '#libs/audio';
import { APPLIANCE_NAMES, BreathSound, type SessionPlan, applianceSound, seedOf } from '#libs/breath-synthesis';
import { ANALYSIS_RATE_HZ, EupneaError } from '#libs/contracts';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom, uniform } from '../draws/random.js';
import { type CohortMember, cohortOf } from './cohort.js';
import { countSegment } from './count-segments.js';
import { drawSegments } from './draw-segments.js';
import { pulsesOf } from './pulse.js';
import { CLIP_SECONDS, CLIP_STARTS, sessionOf } from './session.js';
import { type Trial, trialsOf } from './trials.js';

export interface StudyOptions {
  people: number;
  segments: number;
  seed: number;
  onProgress?: (recordings: number, of: number) => void;
}

/** Of each kind of appliance. */
const NOISE_CLIPS = 3;
const NOISE_SECONDS = 8;
const NOISE_DBFS = [-40, -22] as const;

/**
 * Writes a simulated set of the paper's protocol in the trial layout, with a noise folder in it (docs/data.md).
 * The same options give the same bytes.
 * @throws EupneaError DATA_FOLDER_UNUSABLE when the folder holds something already
 */
export function writeStudy(folder: string, { people, segments, seed, onProgress }: StudyOptions): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new EupneaError('DATA_FOLDER_UNUSABLE', `${folder} is not empty`, { hint: 'Name a new folder.' });
  }
  mkdirSync(join(folder, 'audio'), { recursive: true });
  const cohort = cohortOf(people, seed);
  const trials = trialsOf(cohort, seed);
  const clips = trials.flatMap((trial) =>
    trial.clips.map((stage) => ({ trial, stage, recordingId: `${trial.trialId}_${stage}` })),
  );
  let written = 0;
  const plans = new Map<string, SessionPlan>();
  for (const trial of trials) {
    const plan = sessionOf(trial);
    plans.set(trial.trialId, plan);
    const sound = new BreathSound(plan, ANALYSIS_RATE_HZ);
    for (const stage of trial.clips) {
      const samples = sound.read(CLIP_STARTS[stage] * ANALYSIS_RATE_HZ, CLIP_SECONDS * ANALYSIS_RATE_HZ);
      writeSound(join(folder, 'audio', `${trial.trialId}_${stage}.flac`), samples);
      onProgress?.(++written, clips.length);
    }
  }
  const drawn = drawSegments(clips, segments, seed).map((segment) => {
    const clip = clips.find(({ recordingId }) => recordingId === segment.recordingId) as (typeof clips)[number];
    const offset = CLIP_STARTS[clip.stage];
    const plan = plans.get(clip.trial.trialId) as SessionPlan;
    const label = countSegment(plan, offset + segment.start, offset + segment.end);
    return { ...segment, ...label, subjectId: clip.trial.member.subjectId };
  });
  writeTables(folder, cohort, trials, clips, drawn);
  writeNoise(join(folder, 'noise'), seed);
  const made = { by: 'trainer prepare --simulate', seed, people, segments };
  writeFileSync(
    join(folder, 'dataset.json'),
    `${JSON.stringify({ name: 'simulated trials', simulated: true, made }, null, 2)}\n`,
  );
}

function writeSound(file: string, samples: Float32Array): void {
  const integers = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    integers[i] = Math.max(-32_768, Math.min(32_767, Math.round(32_768 * (samples[i] as number))));
  }
  writeFileSync(file, encodeFlac(integers, ANALYSIS_RATE_HZ));
}

type Clip = { trial: Trial; stage: string; recordingId: string };
type Drawn = { recordingId: string; subjectId: string; start: number; end: number } & ReturnType<typeof countSegment>;

function writeTables(
  folder: string,
  cohort: readonly CohortMember[],
  trials: readonly Trial[],
  clips: readonly Clip[],
  segments: readonly Drawn[],
): void {
  const write = (name: string, header: string, rows: readonly (string | number)[][]) =>
    writeFileSync(join(folder, name), [header, ...rows.map((row) => row.join(','))].join('\n') + '\n');
  write(
    'participants.csv',
    'subject_id,sex,age_years',
    cohort.map(({ subjectId, sex, ageYears }) => [subjectId, sex, ageYears]),
  );
  write(
    'trials.csv',
    'trial_id,subject_id,activity,environment',
    trials.map(({ trialId, member, activity, environment }) => [trialId, member.subjectId, activity, environment]),
  );
  write(
    'recordings.csv',
    'recording_id,trial_id,subject_id,stage,duration_s',
    clips.map(({ recordingId, trial, stage }) => [
      recordingId,
      trial.trialId,
      trial.member.subjectId,
      stage,
      CLIP_SECONDS.toFixed(2),
    ]),
  );
  const numbers = new Map<string, number>();
  write(
    'segments.csv',
    'segment_id,recording_id,subject_id,start_s,end_s,breath_count_int,rr_bpm_int,noise',
    segments.map(({ recordingId, subjectId, start, end, breaths, rrPerMinute, noisy }) => {
      const number = numbers.get(recordingId) ?? 0;
      numbers.set(recordingId, number + 1);
      const id = `${recordingId}_s${String(number).padStart(2, '0')}`;
      return [
        id,
        recordingId,
        subjectId,
        start.toFixed(2),
        end.toFixed(2),
        breaths,
        rrPerMinute.toFixed(1),
        noisy ? 1 : 0,
      ];
    }),
  );
  write(
    'pulse.csv',
    'trial_id,subject_id,position,beats_per_minute',
    trials
      .flatMap(pulsesOf)
      .map(({ trialId, subjectId, position, beatsPerMinute }) => [trialId, subjectId, position, beatsPerMinute]),
  );
}

function writeNoise(folder: string, seed: number): void {
  mkdirSync(folder);
  const random = seededRandom(seed, 6);
  const rows = ['noise_id,class,duration_s,source'];
  APPLIANCE_NAMES.forEach((name, kind) => {
    for (let number = 1; number <= NOISE_CLIPS; number++) {
      const level = 10 ** (uniform(random, ...NOISE_DBFS) / 20);
      const sound = applianceSound(name, seedOf(seed, kind, number), ANALYSIS_RATE_HZ, NOISE_SECONDS);
      const noiseId = `simulated_${name}_${number}`;
      writeSound(
        join(folder, `${noiseId}.flac`),
        sound.map((x) => level * x),
      );
      rows.push(`${noiseId},${name},${NOISE_SECONDS.toFixed(2)},simulated`);
    }
  });
  writeFileSync(join(folder, 'noise.csv'), `${rows.join('\n')}\n`);
}
