import type { Person } from './person.js';
import { type Spectrum, interpolate } from './texture.js';

/**
 * Median spectral densities of inhalations and exhalations in 24 annotated recordings of Coswara breath (phases surely
 * told apart, best source quality), in dB. An inhalation is flat to 6 kHz, an exhalation lies low.
 */
const INHALE: Spectrum = [
  [100, -16],
  [220, -4],
  [400, -1],
  [620, -4],
  [870, -6],
  [1_200, -6],
  [1_650, -4],
  [2_200, -2],
  [2_850, -1],
  [3_600, -1],
  [4_500, 0],
  [5_500, -2],
  [6_700, -8],
];
const EXHALE: Spectrum = [
  [100, -5],
  [220, 0],
  [400, -3],
  [620, -5],
  [870, -10],
  [1_200, -13],
  [1_650, -11],
  [2_200, -11],
  [2_850, -13],
  [3_600, -18],
  [4_500, -19],
  [5_500, -20],
  [6_700, -24],
];

/** A room or a street: close to pink, with the hum of machines below. */
const AMBIENT: Spectrum = [
  [60, 4],
  [200, 0],
  [1_000, -7],
  [4_000, -14],
  [8_000, -20],
];
/** Steps and rubbing cloth, through the body and the housing. */
const MOVEMENT: Spectrum = [
  [50, 0],
  [120, 0],
  [400, -12],
  [1_500, -22],
  [6_000, -34],
];
/** Microphone and converter. */
const FLOOR: Spectrum = [
  [50, 3],
  [300, 0],
  [8_000, 0],
];
const VOWELS: Spectrum = [
  [100, -6],
  [500, 0],
  [900, -8],
  [1_500, -6],
  [2_500, -14],
  [3_500, -20],
  [6_000, -34],
];

/** Of s and sh. */
const HISS: Spectrum = [
  [1_500, -24],
  [3_000, -6],
  [4_500, 0],
  [7_500, -4],
];

export type TextureKind = 'inhale' | 'exhale' | 'ambient' | 'movement' | 'floor' | 'voice' | 'hiss';

/** Spectral density of one kind of sound of one person, in dB over an arbitrary reference. */
export function densityOf(kind: TextureKind, person: Person): (hertz: number) => number {
  const tilt = (hertz: number) => person.brightness * Math.log2(Math.max(hertz, 100) / 1_000);
  switch (kind) {
    case 'inhale':
      return (hertz) => interpolate(INHALE, hertz) + tilt(hertz);
    case 'exhale':
      return (hertz) => interpolate(EXHALE, hertz) + tilt(hertz);
    case 'ambient':
      return (hertz) => interpolate(AMBIENT, hertz);
    case 'movement':
      return (hertz) => interpolate(MOVEMENT, hertz);
    case 'floor':
      return (hertz) => interpolate(FLOOR, hertz);
    case 'hiss':
      return (hertz) => interpolate(HISS, hertz);
    case 'voice':
      return (hertz) => interpolate(VOWELS, hertz) + harmonicDb(hertz / person.voiceHz);
  }
}

/** Narrow bands at the multiples of the pitch; above the twentieth only breath of the voice is left. */
function harmonicDb(multiple: number): number {
  if (multiple > 20) return -20;
  const distance = Math.abs(multiple - Math.round(multiple));
  return Math.round(multiple) === 0 ? -40 : Math.max(-40, -(distance ** 2) / 0.0004);
}
