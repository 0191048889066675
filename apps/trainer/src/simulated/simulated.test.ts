import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planSession, restingSession, personFromSeed } from '#libs/breath-synthesis';
import { hashData } from '../data/folders.js';
import { loadSegmentSet } from '../paper/load-segment-set.js';
import type { SegmentSet } from '../paper/segment-set.js';
import { cohortOf } from './cohort.js';
import { countSegment } from './count-segments.js';
import { drawSegments } from './draw-segments.js';
import { pulsesOf } from './pulse.js';
import { sessionOf } from './session.js';
import { trialsOf } from './trials.js';
import { writeStudy } from './write-study.js';

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

describe('a simulated study on disk', () => {
  let folder: string;
  let set: SegmentSet;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eupnea-study-'));
    writeStudy(join(folder, 'one'), { people: 3, segments: 60, seed: 2 });
    set = loadSegmentSet(join(folder, 'one'));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('loads as what it is: simulated trials with people, stages, noise and labels that fit', () => {
    expect(set).toMatchObject({ name: 'simulated trials', simulated: true });
    expect(set.participants.size).toBe(3);
    expect(set.segments).toHaveLength(60);
    expect(new Set(set.segments.map(({ segmentId }) => segmentId)).size).toBe(60);
    expect(set.noise).toHaveLength(24);
    for (const { recordingId, start, end, breaths, rrPerMinute } of set.segments) {
      expect(set.recordings.get(recordingId)?.samples).toHaveLength(60 * 16_000);
      expect(end - start).toBeGreaterThanOrEqual(3.99);
      expect(end - start).toBeLessThanOrEqual(7.01);
      expect(rrPerMinute).toBeCloseTo((60 * breaths) / (end - start), 9);
    }
    for (const { samples } of set.recordings.values()) expect(samples.some((x) => x !== 0)).toBe(true);
  });

  it('is the same to the byte for the same options, and another for another seed', () => {
    writeStudy(join(folder, 'again'), { people: 3, segments: 60, seed: 2 });
    expect(hashData([join(folder, 'again')])).toBe(set.dataSha256);
    expect(() => writeStudy(join(folder, 'again'), { people: 3, segments: 60, seed: 2 })).toThrow(
      expect.objectContaining({ code: 'DATA_FOLDER_UNUSABLE' }) as Error,
    );
  }, 60_000);
});

describe('the simulated protocol', () => {
  const cohort = cohortOf(21, 1);
  const trials = trialsOf(cohort, 1);

  it('has 21 people of both sexes aged 22 to 60, and all kinds of breathing', () => {
    expect(cohort.filter(({ sex }) => sex === 'female')).toHaveLength(10);
    for (const { ageYears } of cohort) expect(ageYears >= 22 && ageYears <= 60, `${ageYears}`).toBe(true);
    const has = (test: (person: (typeof cohort)[number]['person']) => boolean) =>
      cohort.filter(({ person }) => test(person)).length;
    expect(has(({ peakRatePerMinute }) => peakRatePerMinute > 60)).toBe(3);
    expect(has(({ levelDbfs }) => levelDbfs < -48)).toBe(5);
    expect(has(({ exhaleOverInhaleDb }) => Math.abs(exhaleOverInhaleDb) > 12)).toBe(5);
    expect(has(({ jitter }) => jitter > 0.12)).toBe(5);
  });

  it('has 60 % of its trials indoors, every activity, and clips left out', () => {
    const indoor = trials.filter(({ environment }) => environment === 'indoor').length;
    expect(Math.abs(indoor / trials.length - 0.6)).toBeLessThan(0.02);
    expect(new Set(trials.map(({ activity }) => activity)).size).toBe(5);
    const clips = trials.reduce((sum, trial) => sum + trial.clips.length, 0);
    expect(clips).toBeLessThan(0.95 * 4 * trials.length);
    expect(clips).toBeGreaterThan(0.7 * 4 * trials.length);
  });

  it('draws its 3,003 segments in the proportions of the paper, none twice', () => {
    const clips = trials.flatMap(({ trialId, clips: stages }) =>
      stages.map((stage) => ({ recordingId: `${trialId}_${stage}`, stage })),
    );
    const drawn = drawSegments(clips, 3_003, 1);
    expect(drawn).toHaveLength(3_003);
    const of = (stage: string) => drawn.filter(({ recordingId }) => recordingId.endsWith(`_${stage}`)).length;
    expect(of('before')).toBeGreaterThanOrEqual(299);
    expect(of('during')).toBeGreaterThanOrEqual(457);
    expect(of('after')).toBeGreaterThanOrEqual(762);
    expect(of('cooldown')).toBeGreaterThanOrEqual(285);
    expect(new Set(drawn.map((one) => JSON.stringify(one))).size).toBe(3_003);
    expect(drawSegments(clips, 3_003, 1)).toEqual(drawn);
    expect(drawSegments(clips, 25, 1)).toHaveLength(25);
  });

  it('has pulses that effort raises and recovery lowers', () => {
    const pulses = trials.flatMap(pulsesOf);
    const at = (position: number) =>
      median(pulses.filter((one) => one.position === position).map((one) => one.beatsPerMinute));
    expect(at(2)).toBeGreaterThan(1.5 * at(1));
    expect(at(2)).toBeGreaterThan(at(4));
    expect(at(4)).toBeGreaterThan(at(6));
    expect(new Set(pulses.map(({ subjectId }) => subjectId)).size).toBe(16);
  });

  it('has rates with a tail to the right: some without breath, most under 30, few above 60 per minute', () => {
    const rates = trials.flatMap((trial) => {
      const plan = sessionOf(trial);
      return [0, 20, 40, 365, 385, 405, 425, 445, 465, 545, 565, 585].map(
        (at) => countSegment(plan, at, at + 5.5).rrPerMinute,
      );
    });
    const share = (test: (rate: number) => boolean) => rates.filter(test).length / rates.length;
    expect(share((rate) => rate === 0)).toBeGreaterThan(0.02);
    expect(share((rate) => rate === 0)).toBeLessThan(0.15);
    expect(share((rate) => rate > 60)).toBeGreaterThan(0.002);
    expect(share((rate) => rate > 60)).toBeLessThan(0.08);
    expect(share((rate) => rate > 30)).toBeLessThan(0.35);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const moment = (power: number) => rates.reduce((sum, rate) => sum + (rate - mean) ** power, 0) / rates.length;
    expect(moment(3) / moment(2) ** 1.5).toBeGreaterThan(0.5);
  });
});

describe('a count', () => {
  const person = { ...personFromSeed(1), jitter: 0 };
  const plan = planSession(person, restingSession(60), 1);
  const [first, second] = plan.cycles.filter(({ startSecond }) => startSecond > 0);
  if (first === undefined || second === undefined) throw new Error('a minute has two breaths');

  it('takes the cycles at least half inside', () => {
    const middle = first.startSecond + first.seconds / 2;
    const end = second.startSecond + second.seconds;
    expect(countSegment(plan, middle - 0.01, end).breaths).toBe(2);
    expect(countSegment(plan, middle + 0.01, end).breaths).toBe(1);
  });

  it('is 0 where nobody hears a breath, and noise is what lasts through half of the stretch at 20 dB or less', () => {
    const [stage] = restingSession(30) as [ReturnType<typeof restingSession>[number]];
    const silent = planSession(person, [{ ...stage, heard: 'silence' }], 1);
    expect(countSegment(silent, 5, 11)).toEqual({ breaths: 0, rrPerMinute: 0, noisy: false });
    const noisy = (snrDb: number) => planSession(person, [stage, { ...stage, noises: [{ kind: 'wind', snrDb }] }], 1);
    expect(countSegment(noisy(20), 27.1, 33).noisy).toBe(true);
    expect(countSegment(noisy(20), 26.9, 32.8).noisy).toBe(false);
    expect(countSegment(noisy(21), 31, 37).noisy).toBe(false);
  });
});
