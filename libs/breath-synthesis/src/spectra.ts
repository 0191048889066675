import type { Person } from './person.js';
import type { NoiseKind } from './session-plan.js';
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

/** Through the nose: a band at low frequencies, little above (paper, Section IV-A). Drawn from that, not measured. */
const NASAL: Spectrum = [
  [100, -10],
  [250, -2],
  [450, 0],
  [900, -4],
  [1_600, -12],
  [3_000, -20],
  [6_500, -30],
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
/** On a microphone without a shield. */
const WIND: Spectrum = [
  [30, 6],
  [80, 3],
  [200, -3],
  [500, -13],
  [1_500, -24],
  [5_000, -38],
];
/** Engines and tyres. */
const TRAFFIC: Spectrum = [
  [40, 2],
  [90, 0],
  [300, -5],
  [900, -5],
  [1_600, -10],
  [4_000, -23],
  [8_000, -33],
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

export type TextureKind =
  'inhale' | 'exhale' | 'nasalInhale' | 'nasalExhale' | 'floor' | 'voice' | 'hiss' | Exclude<NoiseKind, 'appliance'>;

/** Spectral density of one kind of sound of one person, in dB over an arbitrary reference. */
export function densityOf(kind: TextureKind, person: Person): (hertz: number) => number {
  const tilt = (hertz: number) => person.brightness * Math.log2(Math.max(hertz, 100) / 1_000);
  const breath = (spectrum: Spectrum) => (hertz: number) =>
    interpolate(spectrum, hertz) + tilt(hertz) + resonanceDb(person, hertz);
  switch (kind) {
    case 'inhale':
      return breath(INHALE);
    case 'exhale':
      return breath(EXHALE);
    case 'nasalInhale':
      return (hertz) => breath(NASAL)(hertz) + NASAL_INHALE_BRIGHTER * Math.log2(Math.max(hertz, 100) / 450);
    case 'nasalExhale':
      return breath(NASAL);
    case 'wind':
      return (hertz) => interpolate(WIND, hertz);
    case 'traffic':
      return (hertz) => interpolate(TRAFFIC, hertz);
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

/** In dB per octave. */
const NASAL_INHALE_BRIGHTER = 2.5;

function resonanceDb({ resonances }: Person, hertz: number): number {
  let sum = 0;
  for (const { hertz: peak, db, octaves } of resonances) {
    sum += db / (1 + 2 * ((2 * Math.log2(Math.max(hertz, 20) / peak)) / octaves) ** 2);
  }
  return sum;
}

/** Narrow bands at the multiples of the pitch; above the twentieth only breath of the voice is left. */
function harmonicDb(multiple: number): number {
  if (multiple > 20) return -20;
  const distance = Math.abs(multiple - Math.round(multiple));
  return Math.round(multiple) === 0 ? -40 : Math.max(-40, -(distance ** 2) / 0.0004);
}
