import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { type Random, normal, pick, seededRandom, uniform } from '../draws/random.js';
import type { NoiseSound } from '../draws/sounds.js';

/** Breath-free kinds that no noise folder need hold: a network must know each as "none". */
const KINDS = { speech, music, footsteps, hum, hiss, silence, cough } as const;
type Kind = keyof typeof KINDS;

const SECONDS = 9;

/**
 * Seeded clips of synthesised breath-free sound, `synthetic_KIND`. They stand for the kinds, not for recordings: what a
 * network does with real speech or music is measured on real clips.
 */
export function syntheticNoise(seed: number, clipsPerKind: number): NoiseSound[] {
  return (Object.keys(KINDS) as Kind[]).flatMap((kind, at) =>
    Array.from({ length: clipsPerKind }, (_, clip) => {
      const shared = new Float32Array(new SharedArrayBuffer(4 * SECONDS * ANALYSIS_RATE_HZ));
      KINDS[kind](shared, seededRandom(seed, at, clip));
      const noiseClass = `synthetic_${kind}`;
      const synthetic = kind === 'silence' ? 'silent' : 'sounding';
      return { noiseId: `${noiseClass}_${seed}_${clip}`, noiseClass, audioFile: '', samples: shared, synthetic };
    }),
  );
}

const seconds = (value: number): number => Math.round(value * ANALYSIS_RATE_HZ);
const add = (target: Float32Array, at: number, value: number): void => {
  if (at >= 0 && at < target.length) target[at] = (target[at] as number) + value;
};

const UNHEARD_SEED = 1_000_003;
const UNHEARD_CLIPS = 20;

/** Clips of a seed that no training uses: what a trained network is tried on. */
export const unheardSyntheticNoise = (): NoiseSound[] => syntheticNoise(UNHEARD_SEED, UNHEARD_CLIPS);

/** A half sine: how syllables and notes come and go. */
const arch = (share: number): number => Math.sin(Math.PI * share);

/** Harmonics under three formants, or hiss, in phrases of syllables (Klatt's idea at its simplest). */
function speech(target: Float32Array, random: Random): void {
  const pitch = uniform(random, 85, 240);
  const tempo = uniform(random, 3, 6.5);
  for (let at = uniform(random, 0, 0.5); at < SECONDS;) {
    const syllables = 2 + Math.floor(random() * 9);
    for (let k = 0; k < syllables; k++) {
      const length = uniform(random, 0.6, 1.3) / tempo;
      if (random() < 0.22) burst(target, at, length * 0.5, uniform(random, 0.05, 0.3), 0.1, random);
      else vowel(target, at, length * uniform(random, 0.6, 1), pitch * uniform(random, 0.85, 1.2), random);
      at += length;
    }
    at += uniform(random, 0.15, 1.4);
  }
}

function vowel(target: Float32Array, start: number, length: number, pitchHz: number, random: Random): void {
  const formants = [uniform(random, 280, 850), uniform(random, 850, 2300), uniform(random, 2300, 3300)];
  const loudness = uniform(random, 0.3, 1);
  const glide = uniform(random, -0.15, 0.15);
  const samples = seconds(length);
  for (let harmonic = 1; harmonic * pitchHz < 4000; harmonic++) {
    const gain =
      formants.reduce((sum, hz) => sum + Math.exp(-(((harmonic * pitchHz - hz) / 130) ** 2)), 0.02) / harmonic ** 0.5;
    let phase = uniform(random, 0, 2 * Math.PI);
    for (let i = 0; i < samples; i++) {
      phase += (2 * Math.PI * harmonic * pitchHz * (1 + (glide * i) / samples)) / ANALYSIS_RATE_HZ;
      add(target, seconds(start) + i, loudness * gain * arch(i / samples) * Math.sin(phase));
    }
  }
}

/** Noise with a decaying or arched envelope; `smoothing` near 1 makes it dull. */
function burst(
  target: Float32Array,
  start: number,
  length: number,
  gain: number,
  smoothing: number,
  random: Random,
  decay = 0,
): void {
  let value = 0;
  const samples = seconds(length);
  for (let i = 0; i < samples; i++) {
    value = smoothing * value + (1 - smoothing) * normal(random, 1);
    const envelope = decay > 0 ? Math.exp(-i / seconds(decay)) : arch(i / samples);
    add(target, seconds(start) + i, gain * envelope * value);
  }
}

const SCALE = [0, 2, 4, 5, 7, 9, 11, 12];

/** Decaying notes and chords of a scale over a beat, with or without drums. */
function music(target: Float32Array, random: Random): void {
  const beat = 60 / uniform(random, 60, 180);
  const root = uniform(random, 110, 330);
  const drums = random() < 0.6;
  const sustain = uniform(random, 0.15, 1.2);
  for (let at = 0, count = 0; at < SECONDS; at += beat / 2, count++) {
    if (random() < 0.75) {
      for (let voice = random() < 0.4 ? 3 : 1; voice > 0; voice--)
        note(target, at, sustain, root * 2 ** (pick(random, SCALE) / 12), random);
    }
    if (!drums) continue;
    if (count % 4 === 0) burst(target, at, 0.2, 2, 0.97, random, 0.05);
    burst(target, at, 0.08, count % 4 === 2 ? 0.4 : 0.12, 0.1, random, 0.02);
  }
}

function note(target: Float32Array, start: number, sustain: number, hz: number, random: Random): void {
  const loudness = uniform(random, 0.2, 0.6);
  const partials = 2 + Math.floor(random() * 6);
  for (let partial = 1; partial <= partials && partial * hz < 6000; partial++) {
    for (let i = 0; i < seconds(2 * sustain); i++) {
      const attack = Math.min(1, i / 200);
      const value =
        Math.sin((2 * Math.PI * partial * hz * i) / ANALYSIS_RATE_HZ) *
        Math.exp(-i / seconds(sustain / partial ** 0.5));
      add(target, seconds(start) + i, (loudness * attack * value) / partial);
    }
  }
}

/** Heel and toe of each step, on a floor that is dull or bright. */
function footsteps(target: Float32Array, random: Random): void {
  const step = 60 / uniform(random, 85, 180);
  const floor = uniform(random, 0.75, 0.985);
  const room = uniform(random, 0.0005, 0.01);
  for (let i = 0; i < target.length; i++) target[i] = room * normal(random, 1);
  for (let at = uniform(random, 0, step); at < SECONDS; at += step * uniform(random, 0.92, 1.08)) {
    burst(target, at, 0.15, uniform(random, 0.6, 1.2), floor, random, 0.02);
    burst(target, at + uniform(random, 0.04, 0.1), 0.1, uniform(random, 0.1, 0.6), floor - 0.1, random, 0.015);
  }
}

/** Mains and motors: a few harmonics that hardly change, over faint noise. */
function hum(target: Float32Array, random: Random): void {
  const hz = pick(random, [50, 60, 100, 120, uniform(random, 70, 400)]);
  const gains = Array.from({ length: 12 }, (_, harmonic) => random() / (harmonic + 1) ** uniform(random, 0.3, 1.5));
  const tremolo = uniform(random, 0, 0.2);
  const tremoloHz = uniform(random, 0.1, 8);
  const noise = 10 ** uniform(random, -3, -0.5);
  for (let i = 0; i < target.length; i++) {
    const time = i / ANALYSIS_RATE_HZ;
    let value = noise * normal(random, 1);
    gains.forEach((gain, harmonic) => (value += gain * Math.sin(2 * Math.PI * hz * (harmonic + 1) * time)));
    target[i] = value * (1 + tremolo * Math.sin(2 * Math.PI * tremoloHz * time));
  }
}

/** Bouts of coughs: each an explosion, the noise that dies away after it, and often a voice (Korpas' three phases). */
function cough(target: Float32Array, random: Random): void {
  const pitch = uniform(random, 120, 420);
  const dullness = uniform(random, 0.1, 0.8);
  const room = 10 ** uniform(random, -4, -2);
  for (let i = 0; i < target.length; i++) target[i] = room * normal(random, 1);
  for (let at = uniform(random, 0, 1); at < SECONDS; at += uniform(random, 0.2, 2.5)) {
    for (let coughs = 1 + Math.floor(random() * 4); coughs > 0; coughs--) {
      const loudness = uniform(random, 0.3, 1);
      burst(target, at, 0.15, loudness * uniform(random, 1, 3), dullness, random, 0.03);
      burst(target, at + 0.02, 0.5, loudness * uniform(random, 0.3, 1), dullness, random, uniform(random, 0.05, 0.15));
      if (random() < 0.5) vowel(target, at + uniform(random, 0.1, 0.2), uniform(random, 0.08, 0.25), pitch, random);
      at += uniform(random, 0.25, 0.6);
    }
  }
}

/** Steady noise of any colour between brown and white, such as a fan's or a microphone's own. */
function hiss(target: Float32Array, random: Random): void {
  const smoothing = 1 - 10 ** uniform(random, -2.5, 0);
  let value = 0;
  for (let i = 0; i < target.length; i++) target[i] = value = smoothing * value + (1 - smoothing) * normal(random, 1);
}

/** Digital silence, or the last bit of it toggling. */
function silence(target: Float32Array, random: Random): void {
  if (random() < 0.5) return;
  const share = random();
  for (let i = 0; i < target.length; i++) target[i] = random() < share ? (random() < 0.5 ? 1 : -1) / 32_768 : 0;
}
