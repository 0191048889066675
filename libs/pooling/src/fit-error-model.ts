import { groupBy, mean, median, variance } from '#libs/agreement';
import { type BiasFromSteadiness, type ErrorModel, FAST_PER_MINUTE } from './error-model.js';

/** The errors (estimate minus reference, breaths per minute) of one recording's accepted windows, in their order. */
export interface ResidualSequence {
  person: string;
  errors: readonly number[];
  /** Mean of the reference, breaths per minute. */
  ratePerMinute: number;
  /** How steadily its windows were accepted. */
  steadiness: number;
}

/** Windows of a 60 s span on the default grid. */
const POOLED_WINDOWS = 20;
/** Neighbouring windows share half of their sound; recordings are too short to tell more. */
const BLOCK = 2;
const DRAWS = 4000;
/** From these on, biases are told apart; one or two noisy stretches in a span stay above the first. */
const STEADINESS = [0.8, 0.65, 0];

/**
 * Splits out-of-fold errors into what differs between people and what differs within a recording. The second comes
 * from a block bootstrap of whole stretches of windows, since neighbours share half of their sound: medians of 20
 * windows are drawn block by block, and their deviation times sqrt(20) is the effective one of a single window.
 * @param random uniform numbers in [0, 1), seeded by the caller
 */
export function fitErrorModel(sequences: readonly ResidualSequence[], random: () => number): ErrorModel {
  const centred = sequences
    .filter(({ errors }) => errors.length >= 2 * BLOCK)
    .map(({ errors }) => {
      const centre = mean(errors);
      // The mean came from the same windows, which makes blocks of them look too calm.
      const unbiased = Math.sqrt(errors.length / (errors.length - BLOCK));
      return errors.map((error) => (error - centre) * unbiased);
    });
  const medians = Array.from({ length: DRAWS }, () => median(drawBlocks(centred, random)));
  const within = variance(medians) * POOLED_WINDOWS;

  const isFast = ({ ratePerMinute }: ResidualSequence) => ratePerMinute >= FAST_PER_MINUTE;
  const slow = sequences.filter((sequence) => !isFast(sequence));
  const betweenStdDev = STEADINESS.map((steadiness, place): BiasFromSteadiness => {
    const below = STEADINESS[place - 1] ?? Infinity;
    const those = slow.filter((sequence) => sequence.steadiness >= steadiness && sequence.steadiness < below);
    return { steadiness, stdDev: biasOfPeople(those, within) };
  });
  return { withinStdDev: Math.sqrt(within), betweenStdDev, fastStdDev: biasOfPeople(sequences.filter(isFast), within) };
}

/** Around nothing, not around their mean: a bias that everybody shares is no smaller an error. */
function biasOfPeople(sequences: readonly ResidualSequence[], within: number): number {
  const people = [...groupBy(sequences, ({ person }) => person).values()].map((own) =>
    own.flatMap(({ errors }) => errors),
  );
  const sampling = mean(people.map((errors) => within / errors.length));
  return Math.sqrt(Math.max(0, mean(people.map((errors) => mean(errors) ** 2)) - sampling));
}

function drawBlocks(sequences: readonly (readonly number[])[], random: () => number): number[] {
  const drawn: number[] = [];
  while (drawn.length < POOLED_WINDOWS) {
    const sequence = sequences[Math.floor(random() * sequences.length)] as readonly number[];
    const start = Math.floor(random() * Math.max(1, sequence.length - BLOCK + 1));
    drawn.push(...sequence.slice(start, start + BLOCK));
  }
  return drawn.slice(0, POOLED_WINDOWS);
}
