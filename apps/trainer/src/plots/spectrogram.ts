import { PowerSpectrum512 } from '#libs/features';
import { PNG } from 'pngjs';
import { scheme } from 'vega';
import { LOUDNESS_SCHEME } from './theme.js';

const SAMPLE_RATE_HZ = 16_000;
const WINDOW_SAMPLES = 512;
/** Rows of the picture: neighbouring bins of 31.25 Hz are averaged in pairs. */
const ROWS = WINDOW_SAMPLES / 4;
/** Under 1e-12 of full scale there is only rounding. */
const SILENCE = 1e-12;

/** A picture of a sound, and what its edges mean. */
export interface Spectrogram {
  png: Buffer;
  /** Pixels. */
  width: number;
  height: number;
  /** Left edge: the start. Right edge: seconds from the start. */
  seconds: number;
  /** Bottom edge: 0 Hz. */
  highestHz: number;
}

export interface SpectrogramOptions {
  /** Samples between columns of the picture. */
  hopSamples?: number;
  /** The darkest shade is so much quieter than the loudest place of the picture. */
  rangeDecibels?: number;
}

/**
 * Power of a sound over time and frequency as a picture: Hann windows of 32 ms, linear in Hz from 0 to 8 kHz, shades
 * linear in decibels below the loudest place.
 * @param samples 16 kHz mono, at least one window (512 samples)
 * @throws RangeError when it is shorter
 */
export function spectrogramPng(
  samples: Float32Array,
  { hopSamples = 160, rangeDecibels = 60 }: SpectrogramOptions = {},
): Spectrogram {
  if (samples.length < WINDOW_SAMPLES) throw new RangeError(`${samples.length} samples make no spectrogram`);
  const columns = decibelColumns(samples, hopSamples);
  let loudest = -Infinity;
  for (const column of columns) for (const value of column) loudest = Math.max(loudest, value);
  const palette = paletteOf(LOUDNESS_SCHEME);
  const picture = new PNG({ width: columns.length, height: ROWS });
  columns.forEach((column, x) => {
    for (let row = 0; row < ROWS; row++) {
      const loudness = 1 + ((column[row] as number) - loudest) / rangeDecibels;
      const shade = Math.round(Math.min(1, Math.max(0, loudness)) * (SHADES - 1));
      picture.data.set(palette[shade] as Uint8Array, 4 * ((ROWS - 1 - row) * columns.length + x));
    }
  });
  const png = PNG.sync.write(picture, {
    colorType: 2,
    inputHasAlpha: true,
    deflateLevel: 9,
    deflateStrategy: 0,
    filterType: 0,
  });
  return {
    png,
    width: columns.length,
    height: ROWS,
    seconds: samples.length / SAMPLE_RATE_HZ,
    highestHz: SAMPLE_RATE_HZ / 2,
  };
}

/** For pages and plots that must stand alone. */
export function pngDataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** Decibels of full-scale power, one column of 128 rows per hop. */
function decibelColumns(samples: Float32Array, hopSamples: number): Float64Array[] {
  const spectrum = new PowerSpectrum512();
  const window = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES),
  );
  const columns: Float64Array[] = [];
  for (let start = 0; start + WINDOW_SAMPLES <= samples.length; start += hopSamples) {
    for (let pair = 0; pair < WINDOW_SAMPLES / 2; pair++) {
      const [even, odd] = [2 * pair, 2 * pair + 1];
      const place = spectrum.order[pair] as number;
      spectrum.real[place] = (samples[start + even] as number) * (window[even] as number);
      spectrum.imaginary[place] = (samples[start + odd] as number) * (window[odd] as number);
    }
    spectrum.transform();
    const { power } = spectrum;
    columns.push(
      Float64Array.from({ length: ROWS }, (_, row) => 10 * Math.log10(SILENCE + 0.5 * ((power[2 * row] as number) + (power[2 * row + 1] as number)))), // prettier-ignore
    );
  }
  return columns;
}

/** Few enough that pictures stay small, more than an eye tells apart. */
const SHADES = 48;

function paletteOf(name: string): Uint8Array[] {
  const colourAt = scheme(name) as (share: number) => string;
  return Array.from({ length: SHADES }, (_, shade) => {
    const [red, green, blue] = (colourAt(shade / (SHADES - 1)).match(/\d+/g) ?? []).map(Number);
    return Uint8Array.of(red as number, green as number, blue as number, 255);
  });
}
