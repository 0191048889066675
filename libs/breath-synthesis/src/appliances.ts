import { seedOf, randomAt } from './random.js';
import { TEXTURE_SAMPLES, type Spectrum, interpolate, noiseTexture } from './texture.js';

/** A motor with what it moves: lines at the multiples of its hum over a broad rush, swelling with each turn. */
interface Appliance {
  humHz: number;
  /** Of the first line over the rush, in dB of its density; the n-th is lower by 20 log10(n). */
  humDb: number;
  rush: Spectrum;
  beatHz: number;
  beatDepth: number;
}

/** Households and gyms. Round figures of what such machines sound like, not measurements. */
export const APPLIANCES = {
  vacuum_cleaner: {
    humHz: 260,
    humDb: 22,
    rush: [
      [100, -8],
      [600, 0],
      [2_500, -2],
      [7_000, -14],
    ],
    beatHz: 0.9,
    beatDepth: 0.04,
  },
  washing_machine: {
    humHz: 50,
    humDb: 26,
    rush: [
      [60, 0],
      [300, -4],
      [1_200, -14],
      [6_000, -34],
    ],
    beatHz: 0.75,
    beatDepth: 0.25,
  },
  fan: {
    humHz: 95,
    humDb: 14,
    rush: [
      [60, 0],
      [400, -3],
      [1_500, -10],
      [6_000, -26],
    ],
    beatHz: 1.6,
    beatDepth: 0.06,
  },
  hair_dryer: {
    humHz: 330,
    humDb: 18,
    rush: [
      [200, -10],
      [1_200, 0],
      [4_000, -3],
      [7_500, -10],
    ],
    beatHz: 2.3,
    beatDepth: 0.03,
  },
  fridge: {
    humHz: 50,
    humDb: 34,
    rush: [
      [50, 0],
      [200, -8],
      [1_000, -24],
      [5_000, -44],
    ],
    beatHz: 0.5,
    beatDepth: 0.08,
  },
  treadmill: {
    humHz: 120,
    humDb: 20,
    rush: [
      [60, 2],
      [250, 0],
      [1_000, -9],
      [5_000, -26],
    ],
    beatHz: 2.6,
    beatDepth: 0.22,
  },
  exercise_bike: {
    humHz: 38,
    humDb: 12,
    rush: [
      [80, -6],
      [500, 0],
      [2_000, -6],
      [6_000, -22],
    ],
    beatHz: 1.5,
    beatDepth: 0.3,
  },
  extractor_hood: {
    humHz: 145,
    humDb: 12,
    rush: [
      [80, -2],
      [350, 0],
      [1_800, -8],
      [6_000, -22],
    ],
    beatHz: 0.6,
    beatDepth: 0.03,
  },
} as const satisfies Record<string, Appliance>;

export type ApplianceName = keyof typeof APPLIANCES;
export const APPLIANCE_NAMES = Object.keys(APPLIANCES) as ApplianceName[];

const LINE_HZ = 1.5;
const LINES = 24;

/** Spectral density in dB of one machine of a kind: each runs at a speed of its own, by the seed. */
export function applianceDensity(name: ApplianceName, seed: number): (hertz: number) => number {
  const { humHz, humDb, rush }: Appliance = APPLIANCES[name];
  const hum = humHz * (0.85 + 0.3 * randomAt(seed, 11));
  return (hertz) => {
    const line = Math.round(hertz / hum);
    const broad = interpolate(rush, hertz);
    if (line < 1 || line > LINES || Math.abs(hertz - line * hum) > LINE_HZ) return broad;
    return broad + humDb - 20 * Math.log10(line);
  };
}

/** A clip of one machine, root mean square 1 on average, without breath. */
export function applianceSound(name: ApplianceName, seed: number, sampleRateHz: number, seconds: number): Float32Array {
  const density = applianceDensity(name, seed);
  const texture = noiseTexture(density, sampleRateHz, seedOf(seed, 12));
  const { beatHz, beatDepth } = APPLIANCES[name];
  const samples = new Float32Array(Math.round(seconds * sampleRateHz));
  for (let i = 0; i < samples.length; i++) {
    const swell = 1 + beatDepth * Math.sin((2 * Math.PI * beatHz * i) / sampleRateHz);
    samples[i] = swell * (texture[i % TEXTURE_SAMPLES] as number);
  }
  return samples;
}
