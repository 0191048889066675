import { encodeFlac, encodePcm, toInt16 } from '#libs/audio';
import { type Person, Random, personFromSeed, seedOf } from '#libs/breath-synthesis';
import type { AudioChunk } from '#libs/contracts';

/** What one pair of headphones is and how it sends. */
export interface Device {
  subjectId: string;
  deviceId: string;
  person: Person;
  sampleRateHz: number;
  channels: number;
  encoding: 'pcm_s16le' | 'flac';
  chunkSamples: number;
  /** Whether the wearer declares rest and exercise. */
  declares: boolean;
  environment: AudioChunk['environment'];
  timeZone: string;
}

const SAMPLE_RATES_HZ = [8_000, 16_000, 16_000, 22_050, 44_100, 48_000];
const TIME_ZONES = ['UTC', 'Europe/Madrid', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney'];
/** The far side of the head hears a little less. */
const SECOND_CHANNEL_GAIN = 0.85;

/** The n-th device of a fleet; the first few differ in rate, encoding and channels, so that small fleets show all. */
export function deviceOf(fleetSeed: number, n: number): Device {
  const seed = seedOf(fleetSeed, n);
  const random = new Random(seed);
  const sampleRateHz = SAMPLE_RATES_HZ[(n + 1) % SAMPLE_RATES_HZ.length] as number;
  const number = String(n + 1).padStart(3, '0');
  return {
    subjectId: `sim-${fleetSeed}-${number}`,
    deviceId: `headphones-${number}`,
    person: personFromSeed(seed),
    sampleRateHz,
    channels: n % 4 === 3 ? 2 : 1,
    encoding: n % 2 === 0 ? 'pcm_s16le' : 'flac',
    chunkSamples: Math.round(sampleRateHz * random.between(0.8, 1.2)),
    declares: n % 3 !== 2,
    environment: random.pick(['indoor', 'outdoor', 'unknown']),
    timeZone: random.pick(TIME_ZONES),
  };
}

/** Mono samples as this device would send them. */
export function encodeAs(device: Device, samples: Float32Array): Buffer {
  const interleaved = device.channels === 1 ? samples : inTwoChannels(samples);
  const pcm = toInt16(interleaved);
  return device.encoding === 'flac' ? encodeFlac(pcm, device.sampleRateHz, device.channels) : encodePcm(pcm);
}

function inTwoChannels(samples: Float32Array): Float32Array {
  const interleaved = new Float32Array(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    interleaved[2 * i] = samples[i] as number;
    interleaved[2 * i + 1] = SECOND_CHANNEL_GAIN * (samples[i] as number);
  }
  return interleaved;
}
