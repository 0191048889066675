import { Random, seedOf } from './random.js';

/** How one simulated person breathes and sounds. */
export interface Person {
  seed: number;
  restingRatePerMinute: number;
  /** Where hard exercise leads. */
  peakRatePerMinute: number;
  /** Time constants of the approach to the rate of an effort, and of the way back. */
  riseSeconds: number;
  recoverySeconds: number;
  /** Shares of a cycle at rest; what remains is the two pauses, which shrink as the rate rises. */
  inhaleShare: number;
  exhaleShare: number;
  /** Standard deviation of the cycle length, relative. */
  jitter: number;
  /** Root mean square of the breath at rest, in dB below full scale. */
  levelDbfs: number;
  exhaleOverInhaleDb: number;
  /** Louder at the peak rate by this. */
  effortDb: number;
  /** Turns the spectra brighter, in dB per octave above 1 kHz. */
  brightness: number;
  /** Pitch of the voice. */
  voiceHz: number;
  stepsPerMinute: number;
}

/** Ranges: resting and exercise rates of healthy adults; levels and shares as in recordings of close microphones. */
export function personFromSeed(seed: number): Person {
  const random = new Random(seedOf(seed, 1));
  return {
    seed,
    restingRatePerMinute: random.between(11, 18),
    peakRatePerMinute: random.between(34, 48),
    riseSeconds: random.between(25, 50),
    recoverySeconds: random.between(40, 90),
    inhaleShare: random.between(0.34, 0.42),
    exhaleShare: random.between(0.34, 0.42),
    jitter: random.between(0.03, 0.08),
    levelDbfs: random.between(-40, -24),
    exhaleOverInhaleDb: random.between(-5, 4),
    effortDb: random.between(4, 10),
    brightness: random.between(-1.5, 1.5),
    voiceHz: random.between(95, 230),
    stepsPerMinute: random.between(140, 172),
  };
}
