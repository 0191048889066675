import { ANALYSIS_RATE_HZ, EupneaError } from '#libs/contracts';
import { existsSync } from 'node:fs';
import { readSound } from '../data/sound.js';
import { SHORTEST_WINDOW_SECONDS } from './listen.js';

/** A picture of more could not be read. */
export const USUAL_SECONDS = 120;
export const MOST_SECONDS = 300;

/** The part of a file that is explained. */
export interface Stretch {
  /** 16 kHz mono. */
  samples: Float32Array;
  /** Seconds that the file holds from the stretch's start on. */
  left: number;
}

/**
 * @param start seconds of the file
 * @param seconds how much of it; the rest, and at most 120 s, without
 * @throws EupneaError FILE_NOT_FOUND, what `readAudioFile` says of a file that is no audio, or USAGE when too little or
 * too much is asked for
 */
export function readStretch(file: string, start: number, seconds?: number): Stretch {
  if (!existsSync(file)) throw new EupneaError('FILE_NOT_FOUND', `there is no ${file}`);
  if (seconds !== undefined && (seconds < SHORTEST_WINDOW_SECONDS || seconds > MOST_SECONDS)) {
    throw new EupneaError('USAGE', `--seconds ${seconds}: ${SHORTEST_WINDOW_SECONDS} to ${MOST_SECONDS} can be shown`);
  }
  const samples = readSound(file);
  const from = Math.round(start * ANALYSIS_RATE_HZ);
  const left = Math.max(0, samples.length - from) / ANALYSIS_RATE_HZ;
  if (left < SHORTEST_WINDOW_SECONDS) {
    throw new EupneaError('USAGE', `${file} holds ${left.toFixed(1)} s from ${start} s on, too little to hear a rate`, {
      hint: `A window is at least ${SHORTEST_WINDOW_SECONDS} s long.`,
    });
  }
  return { samples: samples.subarray(from, from + Math.round((seconds ?? USUAL_SECONDS) * ANALYSIS_RATE_HZ)), left };
}
