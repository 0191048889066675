import { Random, seedOf } from './random.js';

/** A peak of a spectrum: a tube that rings, or one that does not where `db` is negative. */
export interface Resonance {
  hertz: number;
  db: number;
  /** Between the points where a third of the peak in dB is left. */
  octaves: number;
}

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
  /** Share of the cycles that are sighs: longer and louder. */
  sighShare: number;
  /** Part of a phase in which its sound rises. */
  attackShare: number;
  /** From this effort on through the mouth, below it through the nose. */
  mouthFromEffort: number;
  /** Root mean square of the breath at rest, in dB below full scale. */
  levelDbfs: number;
  exhaleOverInhaleDb: number;
  /** Louder at the peak rate by this. */
  effortDb: number;
  /** Turns the spectra brighter, in dB per octave above 1 kHz. */
  brightness: number;
  /** Of throat and mouth, on the spectra of both phases. */
  resonances: readonly Resonance[];
  /** Of the microphone and its converter, root mean square. */
  floorDbfs: number;
  /** Pitch of the voice. */
  voiceHz: number;
  stepsPerMinute: number;
}

/** Ranges: resting and exercise rates of healthy adults; levels and shares as in recordings of close microphones. */
export function personFromSeed(seed: number): Person {
  const random = new Random(seedOf(seed, 1));
  const drawn = {
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
  return { ...drawn, ...PLAIN, floorDbfs: drawn.levelDbfs - FLOOR_BELOW_BREATH_DB };
}

const FLOOR_BELOW_BREATH_DB = 48;
const PLAIN = { sighShare: 0, attackShare: 0.35, mouthFromEffort: 0, resonances: [] };
