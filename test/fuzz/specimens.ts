import { createRequire } from 'node:module';
import { encodeFlac, encodePcm, joinPackets } from '#libs/audio';
import type { AudioChunk, AudioEncoding } from '#libs/contracts';
import { partitionerFor } from '#libs/messaging';
import { Dice } from '../support/dice.js';

type EncodedSound = Pick<AudioChunk, 'audio' | 'preRollSamples'>;

/** Every encoding that devices send, with what makes valid sound of it from interleaved samples. */
const ENCODERS: Partial<
  Record<AudioEncoding, (samples: Int16Array, sampleRateHz: number, channels: number) => EncodedSound>
> = {
  pcm_s16le: (samples) => ({ audio: encodePcm(samples), preRollSamples: 0 }),
  flac: (samples, sampleRateHz, channels) => ({
    audio: encodeFlac(samples, sampleRateHz, channels),
    preRollSamples: 0,
  }),
  opus: encodeOpus,
};
export const ENCODINGS = Object.keys(ENCODERS) as AudioEncoding[];

const PACKETS_A_SECOND = 50;
const PRE_ROLL_PACKETS = 4;

interface OpusEncoder {
  encode(samples: Int16Array): Uint8Array;
  drop(): void;
}
const { Encoder } = createRequire(import.meta.url)('@evan/opus/wasm/index.js') as {
  Encoder: new (options: { channels: number; sample_rate: number; application: 'audio' }) => OpusEncoder;
};

/** Packets of 20 ms; the last 80 ms of the same sound go ahead as the pre-roll. */
function encodeOpus(samples: Int16Array, sampleRateHz: number, channels: number): EncodedSound {
  const encoder = new Encoder({ channels, sample_rate: sampleRateHz, application: 'audio' });
  const length = (sampleRateHz / PACKETS_A_SECOND) * channels;
  const packets = Array.from({ length: samples.length / length }, (_, n) =>
    encoder.encode(samples.subarray(n * length, (n + 1) * length)).slice(),
  );
  encoder.drop();
  return {
    audio: joinPackets([...packets.slice(-PRE_ROLL_PACKETS), ...packets]),
    preRollSamples: (PRE_ROLL_PACKETS * sampleRateHz) / PACKETS_A_SECOND,
  };
}

const FORMATS = [
  { sampleRateHz: 16_000, channels: 1 },
  { sampleRateHz: 8_000, channels: 1 },
  { sampleRateHz: 22_050, channels: 2 },
] as const;
/** Opus has no 22,050 Hz. */
const OPUS_FORMATS = [...FORMATS.slice(0, 2), { sampleRateHz: 24_000, channels: 2 }] as const;
const formatsOf = (encoding: AudioEncoding) => (encoding === 'opus' ? OPUS_FORMATS : FORMATS);

const PARTITIONS = 8;
export const partitionOfKey = partitionerFor(PARTITIONS);
export const PARTITION = 3;

/** A name that Kafka's partitioner sends to our partition. */
function nameOf(what: string): string {
  for (let n = 0; ; n++) {
    const name = `${what}-${n}`;
    if (partitionOfKey(Buffer.from(name)) === PARTITION) return name;
  }
}

/** One device that sends valid chunks, one after the other. */
export interface Specimen {
  /** The chunk that continues the stream. */
  next(): AudioChunk;
  /** Takes note that it was sent. */
  advance(): void;
}

/** Short, to be quick; so are the windows of an episode. */
const CHUNK_SECONDS = 0.2;
const NEIGHBOUR_CHUNK_SECONDS = 0.5;
const SOUNDS_KEPT = 4;
const sounds = new Map<string, EncodedSound[]>();

/** A few chunks of noise, encoded once. */
function soundsOf(encoding: AudioEncoding, sampleRateHz: number, channels: number, seconds: number): EncodedSound[] {
  const name = [encoding, sampleRateHz, channels, seconds].join('/');
  const known = sounds.get(name);
  if (known) return known;
  const dice = new Dice(sampleRateHz + channels);
  const made = Array.from({ length: SOUNDS_KEPT }, () => {
    const samples = Int16Array.from({ length: sampleRateHz * seconds * channels }, () => dice.below(4_000) - 2_000);
    const encode = ENCODERS[encoding];
    if (encode === undefined) throw new Error(`nothing encodes ${encoding}`);
    return encode(samples, sampleRateHz, channels);
  });
  sounds.set(name, made);
  return made;
}

function specimen(
  subjectId: string,
  deviceId: string,
  encoding: AudioEncoding,
  { sampleRateHz, channels }: { sampleRateHz: number; channels: number },
  startedAtMs: number,
  seconds: number,
): Specimen {
  const made = soundsOf(encoding, sampleRateHz, channels, seconds);
  let sent = 0;
  return {
    next: () => ({
      subjectId,
      deviceId,
      sessionId: 'session',
      sessionStartedAt: startedAtMs,
      sampleOffset: sent * sampleRateHz * seconds,
      sampleRateHz,
      channels,
      encoding,
      ...(made[sent % made.length] as EncodedSound),
      restState: 'rest',
      restStateSource: 'declared',
      stage: 'none',
      environment: 'indoor',
      timeZone: 'Europe/Vienna',
      endOfSession: false,
    }),
    advance: () => void (sent += 1),
  };
}

const TARGET = nameOf('target');
const NEIGHBOUR = nameOf('neighbour');

/** Two devices whose chunks are mutated; over the episodes, each encoding in each format. */
export const targets = (dice: Dice, startedAtMs: number): Specimen[] =>
  ['headphone-a', 'headphone-b'].map((deviceId) => {
    const encoding = dice.pick(ENCODINGS);
    return specimen(TARGET, deviceId, encoding, dice.pick(formatsOf(encoding)), startedAtMs, CHUNK_SECONDS);
  });

/** A device on the same partition that sends nothing bad. */
export const neighbour = (startedAtMs: number): Specimen =>
  specimen(NEIGHBOUR, 'headphone', 'pcm_s16le', FORMATS[0], startedAtMs, NEIGHBOUR_CHUNK_SECONDS);
