import { groupBy, mean, median, variance } from '#libs/agreement';
import type { ErrorModel } from './error-model.js';

/** The errors (estimate minus reference, breaths per minute) of one recording's accepted windows, in their order. */
export interface ResidualSequence {
  person: string;
  errors: readonly number[];
}

/** Windows of a 60 s span on the default grid. */
const POOLED_WINDOWS = 20;
/** Neighbouring windows share half of their sound; recordings are too short to tell more. */
const BLOCK = 2;
const DRAWS = 4000;

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

  const people = [...groupBy(sequences, ({ person }) => person).values()].map((own) =>
    own.flatMap(({ errors }) => errors),
  );
  const sampling = mean(people.map((errors) => within / errors.length));
  const between = Math.max(0, variance(people.map(mean)) - sampling);
  return { withinStdDev: Math.sqrt(within), betweenStdDev: Math.sqrt(between) };
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
