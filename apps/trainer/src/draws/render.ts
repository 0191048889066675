import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import type { Recipe } from '../recipe/schema.js';
import { amplify, gainOf, mixAtSnr, powerOf, stretchOf } from './mix.js';
import { type ItemPlan, type NoisePlan, type Part, partSeconds } from './plan.js';
import { playInto } from './play.js';
import type { Random } from './random.js';
import type { NoiseSound, RecordingSound, Sounds } from './sounds.js';

const FADE_SAMPLES = 80;
const GRAIN_SAMPLES = 800;

/** Turns a plan into sound, at 16 kHz. `random` places the grains of pauses. */
export function renderItem(plan: ItemPlan, sounds: Sounds, recipe: Recipe, random: Random): Float32Array {
  const samples = Math.round(plan.seconds * ANALYSIS_RATE_HZ);
  const noise = plan.noise
    ? renderNoise(plan.noise, (sounds.noise[plan.noise.clip] as NoiseSound).samples, samples)
    : undefined;
  if (plan.breath === undefined) return atLevel(noise ?? new Float32Array(samples), plan.levelDb);
  const source = sounds.recordings[plan.breath.recording] as RecordingSound;
  const breath = renderBreath(plan.breath, source, samples, recipe.draws.recombination.quietSeconds, random);
  const mixed = noise && plan.noise ? mixAtSnr(breath, noise, plan.noise.snrDb) : breath;
  return amplify(mixed, gainOf(plan.gainDb));
}

function renderNoise({ offset, reversed, speed }: NoisePlan, clip: Float32Array, samples: number): Float32Array {
  if (speed === 1) return stretchOf(clip, samples, offset, reversed);
  const noise = new Float32Array(samples);
  playInto(noise, 0, samples, stretchOf(clip, Math.ceil(samples * speed) + 1, offset, reversed), 0, speed, 1);
  return noise;
}

function atLevel(samples: Float32Array, levelDb: number): Float32Array {
  const power = powerOf(samples);
  return amplify(samples, power > 0 ? gainOf(levelDb) / Math.sqrt(power) : 0);
}

function renderBreath(
  { parts, skipSeconds }: { parts: readonly Part[]; skipSeconds: number },
  source: RecordingSound,
  samples: number,
  quietSeconds: number,
  random: Random,
): Float32Array {
  const skipped = Math.round(skipSeconds * ANALYSIS_RATE_HZ);
  const total = parts.reduce((sum, part) => sum + Math.ceil(partSeconds(part) * ANALYSIS_RATE_HZ) + 1, 0);
  const sound = new Float32Array(Math.max(total, skipped + samples));
  let position = 0;
  for (const part of parts) {
    const at = Math.round(position * ANALYSIS_RATE_HZ);
    const count = Math.round(((part.to - part.from) / part.speed) * ANALYSIS_RATE_HZ);
    playInto(sound, at, count, source.samples, part.from * ANALYSIS_RATE_HZ, part.speed, gainOf(part.gainDb));
    if (parts.length > 1) fadeEdges(sound.subarray(at, at + count));
    if (part.pauseSeconds > 0) {
      const pause = sound.subarray(at + count, at + count + Math.round(part.pauseSeconds * ANALYSIS_RATE_HZ));
      fillWithRoomTone(pause, source, quietSeconds, random);
    }
    position += partSeconds(part);
  }
  return sound.slice(skipped, skipped + samples);
}

/** Cycles that were not neighbours meet without a click. */
function fadeEdges(samples: Float32Array): void {
  const length = Math.min(FADE_SAMPLES, samples.length >> 1);
  for (let i = 0; i < length; i++) {
    const gain = (i + 0.5) / length;
    samples[i] = (samples[i] as number) * gain;
    const mirror = samples.length - 1 - i;
    samples[mirror] = (samples[mirror] as number) * gain;
  }
}

/** Overlapping grains from random places of the quiet stretch: its spectrum and level without a rhythm of its own. */
function fillWithRoomTone(target: Float32Array, source: RecordingSound, quietSeconds: number, random: Random): void {
  const from = Math.round(source.quietStart * ANALYSIS_RATE_HZ);
  const room = Math.max(1, Math.round(quietSeconds * ANALYSIS_RATE_HZ) - GRAIN_SAMPLES);
  for (let at = -GRAIN_SAMPLES / 2; at < target.length; at += GRAIN_SAMPLES / 2) {
    const grain = from + Math.floor(random() * room);
    for (let i = Math.max(0, -at); i < GRAIN_SAMPLES && at + i < target.length; i++) {
      const window = Math.sin((Math.PI * (i + 0.5)) / GRAIN_SAMPLES); // two of these overlap to constant power
      target[at + i] = (target[at + i] as number) + window * (source.samples[grain + i] ?? 0);
    }
  }
}
