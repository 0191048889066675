import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { MEL, MelFilterbank } from '#libs/features';

/** How loud a segment is over time: all that the baselines hear of it. */
export interface Envelope {
  /** Root of the energy in all bands, one value per frame of 10 ms. */
  amplitude: Float64Array;
  /** Logarithm of the energy in bands of five mels each, [steps, LOG_BANDS] row by row, one step per 40 ms. */
  logBands: Float64Array;
}

export const FRAME_SECONDS = MEL.hopSamples / ANALYSIS_RATE_HZ;
export const FRAMES_PER_STEP = 4;
export const STEP_SECONDS = FRAMES_PER_STEP * FRAME_SECONDS;

export const LOG_BANDS = 8;
const MELS_PER_BAND = MEL.bands / LOG_BANDS;

/** As in the network's front end: energies on the 16-bit scale, plus 10, so that digital silence does not dominate. */
const POWER_SCALE = 32_768 ** 2;
const LOG_OFFSET = 10;

const filterbank = new MelFilterbank();

/** @param samples 16 kHz mono */
export function envelopeOf(samples: Float32Array): Envelope {
  const energies = filterbank.frames(samples);
  const frames = energies.length / MEL.bands;
  const steps = Math.floor(frames / FRAMES_PER_STEP);
  const amplitude = new Float64Array(frames);
  const logBands = new Float64Array(steps * LOG_BANDS);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    const row = Math.floor(frame / FRAMES_PER_STEP) * LOG_BANDS;
    let sum = 0;
    for (let mel = 0; mel < MEL.bands; mel++, at++) {
      const energy = energies[at] as number;
      sum += energy;
      if (row >= logBands.length) continue; // an incomplete last step is left out
      const band = row + Math.floor(mel / MELS_PER_BAND);
      const log = Math.log(POWER_SCALE * energy + LOG_OFFSET);
      logBands[band] = (logBands[band] as number) + log / (MELS_PER_BAND * FRAMES_PER_STEP);
    }
    amplitude[frame] = Math.sqrt(sum);
  }
  return { amplitude, logBands };
}

/** The same sound played at another speed: time alone changes, linear between the values. */
export function atSpeed({ amplitude, logBands }: Envelope, speed: number): Envelope {
  return { amplitude: stretched(amplitude, 1, speed), logBands: stretched(logBands, LOG_BANDS, speed) };
}

function stretched(rows: Float64Array, width: number, speed: number): Float64Array {
  const last = rows.length / width - 1;
  const result = new Float64Array(Math.floor((last + 1) / speed) * width);
  for (let at = 0; at < result.length; at++) {
    const place = Math.min(last, Math.floor(at / width) * speed);
    const before = Math.floor(place);
    const low = rows[before * width + (at % width)] as number;
    const high = rows[Math.min(last, before + 1) * width + (at % width)] as number;
    result[at] = low + (place - before) * (high - low);
  }
  return result;
}

/** Mean over the bands of the logarithmic envelope, one value per step. */
export function loudnessOf({ logBands }: Envelope): Float64Array {
  const loudness = new Float64Array(logBands.length / LOG_BANDS);
  logBands.forEach((value, at) => {
    const step = Math.floor(at / LOG_BANDS);
    loudness[step] = (loudness[step] as number) + value / LOG_BANDS;
  });
  return loudness;
}

/** A copy whose mean is 0. */
export function centred(values: Float64Array): Float64Array {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - centre);
}
