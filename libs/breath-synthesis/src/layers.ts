import { type BreathPhase, type SessionPlan, stageAt } from './session-plan.js';
import { Random, randomAt, seedOf } from './random.js';
import { type TextureKind, densityOf } from './spectra.js';
import { TEXTURE_SAMPLES, noiseTexture } from './texture.js';

/** A texture with gains at both ends of a short block. */
interface Sounding {
  texture: Float32Array;
  /** Where in the texture sample 0 of the session would lie. */
  offset: number;
  startGain: number;
  endGain: number;
}

/** One source of sound of a session; a pure function of time. */
export interface Layer {
  /** undefined while it is silent. */
  sounding(startSecond: number, endSecond: number): Sounding | undefined;
}

/** Of the microphone, below the breath at rest. */
const FLOOR_BELOW_BREATH_DB = 48;
const SPEECH_OVER_BREATH_DB = 14;
const SYLLABLES_PER_SECOND = 4.3;
const STEP_DECAY_SECONDS = 0.035;
/** Part of a phase in which its sound rises. */
const ATTACK_SHARE = 0.35;

export function layersOf(plan: SessionPlan, sampleRateHz: number): Layer[] {
  const texture = (kind: TextureKind) =>
    noiseTexture(densityOf(kind, plan.person), sampleRateHz, seedOf(plan.person.seed, plan.seed, kindNumber(kind)));
  const has = (test: (stage: SessionPlan['stages'][number]) => boolean) => plan.stages.some(test);
  const layers = [breath(plan, texture('inhale'), texture('exhale')), floor(plan, texture('floor'))];
  if (has(({ noise }) => noise?.kind === 'ambient')) layers.push(ambient(plan, texture('ambient')));
  if (has(({ noise }) => noise?.kind === 'movement')) layers.push(movement(plan, texture('movement')));
  if (has(({ heard }) => heard === 'speech')) layers.push(speech(plan, texture('voice'), texture('hiss')));
  return layers;
}

const KINDS: TextureKind[] = ['inhale', 'exhale', 'ambient', 'movement', 'floor', 'voice', 'hiss'];
const kindNumber = (kind: TextureKind) => 10 + KINDS.indexOf(kind);

const fromDb = (db: number) => 10 ** (db / 20);

function breath(plan: SessionPlan, inhale: Float32Array, exhale: Float32Array): Layer {
  const random = new Random(seedOf(plan.seed, 3));
  const phases = plan.cycles
    .flatMap((cycle) => [cycle.inhale, cycle.exhale])
    .map((phase) => ({
      ...phase,
      texture: phase.kind === 'inhale' ? inhale : exhale,
      offset: random.integer(0, TEXTURE_SAMPLES - 1),
    }))
    .filter((phase) => stageAt(plan.stages, phase.startSecond + phase.seconds / 2).heard === 'breath');
  return {
    sounding(startSecond, endSecond) {
      const middle = (startSecond + endSecond) / 2;
      const phase = phases[lastStartedBy(phases, middle)];
      if (phase === undefined || middle >= phase.startSecond + phase.seconds) return undefined;
      return {
        texture: phase.texture,
        offset: phase.offset,
        startGain: envelope(phase, startSecond),
        endGain: envelope(phase, endSecond),
      };
    },
  };
}

/** Rises faster than it falls, as airflow does; zero outside the phase. */
function envelope({ startSecond, seconds, gain }: BreathPhase, second: number): number {
  const x = (second - startSecond) / seconds;
  if (x <= 0 || x >= 1) return 0;
  return gain * Math.sin((Math.PI / 2) * (x < ATTACK_SHARE ? x / ATTACK_SHARE : (1 - x) / (1 - ATTACK_SHARE)));
}

function lastStartedBy(sorted: { startSecond: number }[], second: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as { startSecond: number }).startSecond <= second) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Root mean square of the breath while a stage lasts, pauses included; the level that SNR refers to. */
export function breathLevel(plan: SessionPlan, stage: SessionPlan['stages'][number]): number {
  const end = stage.startSecond + stage.seconds;
  const cycles = plan.cycles.filter(
    (cycle) => cycle.startSecond < end && cycle.startSecond + cycle.seconds > stage.startSecond,
  );
  const seconds = cycles.reduce((sum, cycle) => sum + cycle.seconds, 0);
  // The envelope is two quarter sines, whose mean square is a half.
  const energy = (phase: BreathPhase) => (phase.gain ** 2 * phase.seconds) / 2;
  return Math.sqrt(cycles.reduce((sum, { inhale, exhale }) => sum + energy(inhale) + energy(exhale), 0) / seconds);
}

function floor(plan: SessionPlan, texture: Float32Array): Layer {
  const gain = fromDb(plan.person.levelDbfs - FLOOR_BELOW_BREATH_DB);
  const sounding = { texture, offset: 0, startGain: gain, endGain: gain };
  return { sounding: () => sounding };
}

/** Gain of one kind of noise in each stage; zero where the stage has another or none. */
function noiseGains(plan: SessionPlan, kind: 'ambient' | 'movement') {
  return plan.stages.map((stage) => ({
    startSecond: stage.startSecond,
    gain: stage.noise?.kind === kind ? breathLevel(plan, stage) * fromDb(-stage.noise.snrDb) : 0,
  }));
}

function ambient(plan: SessionPlan, texture: Float32Array): Layer {
  const gains = noiseGains(plan, 'ambient');
  return constantOffset(texture, (second) => stageAt(gains, second).gain);
}

function movement(plan: SessionPlan, texture: Float32Array): Layer {
  const stepSeconds = 60 / plan.person.stepsPerMinute;
  // The mean square of the decaying steps is brought to one, so that the set SNR holds over a stage.
  const crest = Math.sqrt((2 * stepSeconds) / STEP_DECAY_SECONDS);
  const gains = noiseGains(plan, 'movement');
  return constantOffset(texture, (second) => {
    const { gain } = stageAt(gains, second);
    if (gain === 0) return 0;
    const sinceStep = second % stepSeconds;
    const weight = 0.7 + 0.6 * randomAt(plan.seed, Math.floor(second / stepSeconds));
    return gain * crest * weight * Math.exp(-sinceStep / STEP_DECAY_SECONDS);
  });
}

/** Syllables of uneven length and stress, some of them hissed, in phrases with pauses between them. */
function speech(plan: SessionPlan, voice: Float32Array, hiss: Float32Array): Layer {
  const level = fromDb(plan.person.levelDbfs + SPEECH_OVER_BREATH_DB);
  // A steady beat would sound like panting: the tempo wanders by a third.
  const syllablesBy = (second: number) =>
    SYLLABLES_PER_SECOND * second + 0.5 * Math.sin(2.9 * second + plan.seed) + 0.35 * Math.sin(7.3 * second);
  const gainIn = (syllable: number, second: number) => {
    const within = syllablesBy(second) - syllable;
    if (within <= 0 || within >= 1 || randomAt(plan.seed, Math.floor(syllable / 7)) < 0.25) return 0;
    return level * (0.15 + randomAt(plan.seed, syllable)) * Math.sin(Math.PI * within);
  };
  return {
    sounding(startSecond, endSecond) {
      const middle = (startSecond + endSecond) / 2;
      if (stageAt(plan.stages, middle).heard !== 'speech') return undefined;
      const syllable = Math.floor(syllablesBy(middle));
      const isHissed = randomAt(plan.seed + 1, syllable) < 0.25;
      const startGain = gainIn(syllable, startSecond);
      const endGain = gainIn(syllable, endSecond);
      if (startGain === 0 && endGain === 0) return undefined;
      const offset = Math.floor(randomAt(plan.seed + 2, syllable) * TEXTURE_SAMPLES);
      return { texture: isHissed ? hiss : voice, offset, startGain, endGain };
    },
  };
}

function constantOffset(texture: Float32Array, gainAt: (second: number) => number): Layer {
  return {
    sounding(startSecond, endSecond) {
      const startGain = gainAt(startSecond);
      const endGain = gainAt(endSecond);
      return startGain === 0 && endGain === 0 ? undefined : { texture, offset: 0, startGain, endGain };
    },
  };
}
