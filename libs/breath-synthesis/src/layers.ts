import { APPLIANCE_NAMES, type ApplianceName, applianceDensity } from './appliances.js';
import { loudnessLevel, loudnessOf } from './noise-shapes.js';
import { type BreathPhase, type NoiseKind, type SessionPlan, stageAt } from './session-plan.js';
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

const SPEECH_OVER_BREATH_DB = 14;
const SYLLABLES_PER_SECOND = 4.3;

export function layersOf(plan: SessionPlan, sampleRateHz: number): Layer[] {
  const texture = (kind: TextureKind) =>
    noiseTexture(densityOf(kind, plan.person), sampleRateHz, seedOf(plan.person.seed, plan.seed, kindNumber(kind)));
  const layers = [breath(plan, texture), floor(plan, texture('floor'))];
  for (const kind of NOISE_KINDS) {
    if (!plan.stages.some(({ noises }) => noises?.some((one) => one.kind === kind))) continue;
    layers.push(noise(plan, kind, kind === 'appliance' ? motor(plan, sampleRateHz) : texture(kind)));
  }
  if (plan.stages.some(({ heard }) => heard === 'speech')) layers.push(speech(plan, texture('voice'), texture('hiss')));
  return layers;
}

const NOISE_KINDS: NoiseKind[] = ['ambient', 'movement', 'wind', 'traffic', 'appliance'];

/** Which machine it is, the session's seed decides. */
function motor(plan: SessionPlan, sampleRateHz: number): Float32Array {
  const seed = seedOf(plan.seed, 5);
  const name = APPLIANCE_NAMES[Math.floor(randomAt(seed, 0) * APPLIANCE_NAMES.length)] as ApplianceName;
  return noiseTexture(applianceDensity(name, seed), sampleRateHz, seed);
}

const KINDS: TextureKind[] = [
  'inhale',
  'exhale',
  'ambient',
  'movement',
  'floor',
  'voice',
  'hiss',
  'nasalInhale',
  'nasalExhale',
  'wind',
  'traffic',
];
const kindNumber = (kind: TextureKind) => 10 + KINDS.indexOf(kind);

const fromDb = (db: number) => 10 ** (db / 20);

function breath(plan: SessionPlan, textureOf: (kind: TextureKind) => Float32Array): Layer {
  const random = new Random(seedOf(plan.seed, 3));
  const made = new Map<TextureKind, Float32Array>();
  const texture = ({ kind, through }: BreathPhase): Float32Array => {
    const name = THROUGH[through][kind];
    const known = made.get(name) ?? textureOf(name);
    made.set(name, known);
    return known;
  };
  const phases = plan.cycles
    .flatMap((cycle) => [cycle.inhale, cycle.exhale])
    .map((phase) => ({
      ...phase,
      texture: texture(phase),
      offset: random.integer(0, TEXTURE_SAMPLES - 1),
    }))
    .filter((phase) => stageAt(plan.stages, phase.startSecond + phase.seconds / 2).heard === 'breath');
  const { attackShare } = plan.person;
  return {
    sounding(startSecond, endSecond) {
      const middle = (startSecond + endSecond) / 2;
      const phase = phases[lastStartedBy(phases, middle)];
      if (phase === undefined || middle >= phase.startSecond + phase.seconds) return undefined;
      return {
        texture: phase.texture,
        offset: phase.offset,
        startGain: envelope(phase, startSecond, attackShare),
        endGain: envelope(phase, endSecond, attackShare),
      };
    },
  };
}

const THROUGH = {
  mouth: { inhale: 'inhale', exhale: 'exhale' },
  nose: { inhale: 'nasalInhale', exhale: 'nasalExhale' },
} as const;

/** Rises faster than it falls, as airflow does; zero outside the phase. */
function envelope({ startSecond, seconds, gain }: BreathPhase, second: number, attackShare: number): number {
  const x = (second - startSecond) / seconds;
  if (x <= 0 || x >= 1) return 0;
  return gain * Math.sin((Math.PI / 2) * (x < attackShare ? x / attackShare : (1 - x) / (1 - attackShare)));
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
  const gain = fromDb(plan.person.floorDbfs);
  const sounding = { texture, offset: 0, startGain: gain, endGain: gain };
  return { sounding: () => sounding };
}

/** One kind of noise, at the set SNR in each stage that has it. */
function noise(plan: SessionPlan, kind: NoiseKind, texture: Float32Array): Layer {
  const loudness = loudnessOf(kind, plan.person, plan.seed);
  const gains = plan.stages.map((stage) => {
    const { startSecond, seconds } = stage;
    const sounding = stage.noises?.find((one) => one.kind === kind);
    if (sounding === undefined) return { startSecond, gain: 0 };
    const level = loudnessLevel(loudness, startSecond, startSecond + seconds);
    return { startSecond, gain: (breathLevel(plan, stage) * fromDb(-sounding.snrDb)) / level };
  });
  return constantOffset(texture, (second) => {
    const { gain } = stageAt(gains, second);
    return gain === 0 ? 0 : gain * loudness(second);
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
