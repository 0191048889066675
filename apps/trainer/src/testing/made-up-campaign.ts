import { PAPER_RECIPES } from '../paper/experiments.js';
import type { ReportInput } from '../paper/report/report.js';
import type { LabelledSegment, PeopleSplit, SegmentRecording, SegmentSet } from '../paper/segment-set.js';
import type { BreathClass, SegmentPrediction, TrainingResult } from '../paper/training-result.js';

const RATE_HZ = 16_000;
const STAGES = ['before', 'during', 'after', 'cooldown'] as const;
const PEOPLE = ['ann', 'ben', 'cat', 'dan'] as const;

const classOf = (rate: number): BreathClass => (rate === 0 ? 'none' : rate > 30 ? 'heavy' : 'normal');

/** Four people with one 6 s segment in each stage, at 10, 20, 30 and 40 breaths/min, and one pulse. */
export function madeUpSet(facts: Partial<SegmentSet> = {}): SegmentSet {
  const recordings = new Map<string, SegmentRecording>();
  const segments: LabelledSegment[] = [];
  for (const subjectId of PEOPLE) {
    STAGES.forEach((stage, at) => {
      const recordingId = `${subjectId}-${stage}`;
      const breaths = at + 1;
      const samples = Float32Array.from({ length: 6 * RATE_HZ }, (_, n) => {
        const phase = (2 * Math.PI * n * breaths) / (6 * RATE_HZ);
        return 0.2 * Math.sin(phase) ** 2 * Math.sin(0.7 * n + 0.0001 * n * n);
      });
      recordings.set(recordingId, { recordingId, subjectId, samples, environment: 'indoor', stage });
      const times = { start: 0, end: 6, breaths, rrPerMinute: 10 * breaths };
      segments.push({ segmentId: `${recordingId}-0`, recordingId, subjectId, ...times, noisy: stage === 'during' });
    });
  }
  const sexes = { ann: 'female', ben: 'male', cat: 'female', dan: 'male' } as const;
  return {
    name: 'made-up',
    simulated: false,
    participants: new Map(PEOPLE.map((subjectId) => [subjectId, { subjectId, sex: sexes[subjectId] }])),
    recordings,
    segments,
    pulses: [{ subjectId: 'ann', trialId: 't1', position: 1, beatsPerMinute: 61 }],
    noise: [],
    dataSha256: 'd'.repeat(64),
    ...facts,
  };
}

const madeUpSplit: PeopleSplit = {
  seed: 1,
  train: ['ann'],
  validation: ['ben'],
  evaluation: ['cat', 'dan'],
  sha256: 'e'.repeat(64),
};

/** @param shift what the network says above the truth, per minute; noise is always recognised */
export function madeUpResult(
  set: SegmentSet,
  recipe: string,
  seed: number,
  shift: (rate: number) => number,
): TrainingResult {
  const predict = (people: readonly string[]): SegmentPrediction[] =>
    set.segments
      .filter(({ subjectId }) => people.includes(subjectId))
      .map(({ segmentId, subjectId, rrPerMinute, breaths, noisy }) => {
        const predictedRrPerMinute = rrPerMinute + shift(rrPerMinute);
        const classes = { breathClass: classOf(rrPerMinute), predictedClass: classOf(predictedRrPerMinute) };
        const counts = { breaths, predictedBreaths: predictedRrPerMinute / 10, noisy, predictedNoisy: noisy };
        return { segmentId, subjectId, rrPerMinute, predictedRrPerMinute, ...counts, ...classes };
      });
  return {
    recipe,
    seed,
    parameters: 10_847,
    seconds: 61.4,
    bestEpoch: 2,
    epochs: [0.2, 0.8].map((validationCcc, at) => ({ epoch: at + 1, trainingLoss: 1, losses: {}, validationCcc })),
    rates: { mean: 25, deviation: 10 },
    validation: predict(madeUpSplit.validation),
    evaluation: predict(madeUpSplit.evaluation),
  };
}

/** Every recipe with two seeds: one is 2 /min off at both ends towards the middle, one 10 /min too high everywhere. */
export function madeUpCampaign(facts: Partial<SegmentSet> = {}): ReportInput {
  const set = madeUpSet(facts);
  const results = PAPER_RECIPES.flatMap((recipe) => [
    madeUpResult(set, recipe, 1, (rate) => (rate === 10 ? 2 : rate === 40 ? -2 : 0)),
    madeUpResult(set, recipe, 2, () => 10),
  ]);
  const recipes = [{ name: 'paper', text: 'name: paper\nseed: 1 # ours <b>\n' }];
  return { set, split: madeUpSplit, results, quick: false, backend: 'node', version: '0.1.0', recipes };
}
