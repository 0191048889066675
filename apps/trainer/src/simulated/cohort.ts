import { type Person, type Resonance, seedOf } from '#libs/breath-synthesis';
import { type Random, normal, seededRandom, shuffled, uniform } from '../draws/random.js';

/** A simulated participant: what the tables say of them, and how they breathe, sound and pulse. */
export interface CohortMember {
  subjectId: string;
  sex: 'female' | 'male';
  ageYears: number;
  person: Person;
  /** Beats per minute at rest, and in the hardest exercise. */
  restingPulse: number;
  peakPulse: number;
  pulseRiseSeconds: number;
  pulseRecoverySeconds: number;
  /** Whether they wear something that reads it. */
  notesPulse: boolean;
}

/** Kinds of people that make a set hard; each is dealt to its share of them, so that every set has some. */
const HABITS = { panting: 0.1, quiet: 0.2, onePhase: 0.2, irregular: 0.2 } as const;
type Habit = keyof typeof HABITS;

const AGES = [22, 60] as const;
const NOTES_PULSE_SHARE = 0.75;

/** People aged 22-60, the sexes as evenly as their number allows (paper, Section II). */
export function cohortOf(people: number, seed: number): CohortMember[] {
  const random = seededRandom(seed, 1);
  const numbers = Array.from({ length: people }, (_, at) => at);
  const women = new Set(shuffled(numbers, random).slice(0, Math.floor(people / 2)));
  const noting = new Set(shuffled(numbers, random).slice(0, Math.round(people * NOTES_PULSE_SHARE)));
  const habits = new Map<number, Set<Habit>>(numbers.map((at) => [at, new Set()]));
  for (const [habit, share] of Object.entries(HABITS) as [Habit, number][]) {
    for (const at of shuffled(numbers, random).slice(0, Math.ceil(people * share))) habits.get(at)?.add(habit);
  }
  return numbers.map((at) => {
    const sex = women.has(at) ? 'female' : 'male';
    const ageYears = Math.floor(uniform(random, AGES[0], AGES[1] + 1));
    const has = habits.get(at) as Set<Habit>;
    const subjectId = `sim${String(at + 1).padStart(2, '0')}`;
    const person = personOf(sex, has, seedOf(seed, at), random);
    return { subjectId, sex, ageYears, person, ...pulseOf(sex, ageYears, random), notesPulse: noting.has(at) };
  });
}

/** Round figures of healthy adults at rest and in exercise; levels and shares as in recordings of close microphones. */
function personOf(sex: 'female' | 'male', has: ReadonlySet<Habit>, seed: number, random: Random): Person {
  const between = (low: number, high: number) => uniform(random, low, high);
  const woman = sex === 'female';
  const exhaleOverInhaleDb = between(-6, 6);
  return {
    seed,
    restingRatePerMinute: between(woman ? 11 : 10, woman ? 19 : 18),
    peakRatePerMinute: has.has('panting') ? between(65, 95) : between(30, 54),
    riseSeconds: between(25, 60),
    recoverySeconds: between(35, 110),
    inhaleShare: between(0.28, 0.42),
    exhaleShare: between(0.32, 0.46),
    jitter: has.has('irregular') ? between(0.14, 0.24) : between(0.04, 0.1),
    sighShare: has.has('irregular') ? between(0.05, 0.12) : between(0, 0.03),
    attackShare: between(0.2, 0.6),
    mouthFromEffort: between(-0.1, 0.6),
    levelDbfs: has.has('quiet') ? between(-62, -50) : between(-48, -28),
    exhaleOverInhaleDb: has.has('onePhase') ? Math.sign(exhaleOverInhaleDb) * between(16, 30) : exhaleOverInhaleDb,
    effortDb: between(4, 14),
    brightness: between(-2, 2),
    resonances: tractOf(woman ? between(1.08, 1.24) : between(0.9, 1.06), random),
    floorDbfs: between(-86, -70),
    voiceHz: woman ? between(165, 240) : between(90, 145),
    stepsPerMinute: between(140, 176),
  };
}

/** Formants of an open tract, at frequencies inversely proportional to its length: women's lie a sixth higher. */
const FORMANTS_HZ = [520, 1_520, 2_600, 3_600, 5_200];

function tractOf(scale: number, random: Random): Resonance[] {
  return FORMANTS_HZ.map((hertz) => ({
    hertz: hertz * scale * (1 + normal(random, 0.05)),
    db: uniform(random, -3, 9),
    octaves: uniform(random, 0.2, 0.5),
  }));
}

/** The peak follows Tanaka's 208 - 0.7 age, of which nobody in a six-minute workout reaches all. */
function pulseOf(sex: 'female' | 'male', ageYears: number, random: Random) {
  return {
    restingPulse: uniform(random, 54, 78) + (sex === 'female' ? 4 : 0),
    peakPulse: (208 - 0.7 * ageYears) * uniform(random, 0.86, 0.97),
    pulseRiseSeconds: uniform(random, 30, 70),
    pulseRecoverySeconds: uniform(random, 60, 150),
  };
}
