import { type Drop, EupneaError, type Reject } from '#libs/contracts';
import wavefile from 'wavefile';
import { decodeFlac, readFlacInfo } from './flac-decoder.js';
import { isOgg } from './ogg-pages.js';
import { OGG_OPUS_RATE_HZ, readOggOpus } from './ogg-opus.js';
import { decodePackets } from './opus-packets.js';
import { HIGHEST_RATE_HZ, LOWEST_RATE_HZ } from './polyphase-table.js';

export interface AudioRecording {
  sampleRateHz: number;
  /** Channels in the file, before the mix. */
  channels: number;
  /** Mono, the mean of the channels, in [-1, 1). */
  samples: Float32Array;
}

/** One day at the highest rate would not fit into memory anyway. */
const LONGEST_FILE_SECONDS = 12 * 3600;

const WAVE_FORMATS = { pcm: 1, float: 3, extensible: 0xfffe } as const;

/**
 * Reads a whole recording: WAV (PCM of 8, 16, 24 or 32 bits, float; also WAVE_FORMAT_EXTENSIBLE), FLAC (16, 24 bits) or
 * Ogg Opus (at 48 kHz, whatever was recorded), any number of channels (Opus: 1 or 2), 2 to 96 kHz.
 * @param name of the file, for the message
 * @throws EupneaError NOT_AUDIO, saying what was found
 */
export function readAudioFile(bytes: Buffer, name: string): AudioRecording {
  const recording = parse(bytes, name);
  const { sampleRateHz } = recording;
  if (sampleRateHz < LOWEST_RATE_HZ || sampleRateHz > HIGHEST_RATE_HZ) {
    throw notAudio(name, `a sample rate of ${sampleRateHz} Hz`);
  }
  if (recording.samples.length === 0) throw notAudio(name, 'no samples');
  return recording;
}

function parse(bytes: Buffer, name: string): AudioRecording {
  if (bytes.length === 0) throw notAudio(name, 'an empty file');
  const info = readFlacInfo(bytes);
  if (info !== undefined) {
    const decoded = decodeFlac(bytes, LONGEST_FILE_SECONDS * info.sampleRateHz);
    if (decoded.kind === 'ok') return decoded.value;
    throw notAudio(name, `broken FLAC (${faultOf(decoded)})`);
  }
  const magic = bytes.toString('latin1', 0, 4);
  if (magic === 'RIFF' || magic === 'RIFX' || magic === 'RF64') return readWav(bytes, name);
  if (isOgg(bytes)) return readOpus(bytes, name);
  throw notAudio(name, `bytes that begin with 0x${bytes.toString('hex', 0, Math.min(8, bytes.length))}`);
}

function readOpus(bytes: Buffer, name: string): AudioRecording {
  const file = readOggOpus(bytes);
  if (file.kind !== 'ok') throw notAudio(name, `Ogg that cannot be read (${faultOf(file)})`);
  const { packets, channels, preSkipSamples, endTrimSamples, gain } = file.value;
  const decoded = decodePackets(packets, OGG_OPUS_RATE_HZ, channels, LONGEST_FILE_SECONDS * OGG_OPUS_RATE_HZ);
  if (decoded.kind !== 'ok') throw notAudio(name, `broken Ogg Opus (${faultOf(decoded)})`);
  const samples = decoded.value.subarray(preSkipSamples, decoded.value.length - endTrimSamples);
  return { sampleRateHz: OGG_OPUS_RATE_HZ, channels, samples: gain === 1 ? samples : samples.map((x) => x * gain) };
}

const faultOf = (result: Drop | Reject) => (result.kind === 'reject' ? result.message : result.reason);

function readWav(bytes: Buffer, name: string): AudioRecording {
  const wav = new wavefile.WaveFile();
  let channels: Float64Array[];
  try {
    wav.fromBuffer(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    const samples = wav.getSamples() as unknown as Float64Array | Float64Array[];
    channels = Array.isArray(samples) ? samples : [samples];
  } catch (error) {
    throw notAudio(name, `broken WAV (${(error as Error).message})`, error);
  }
  const { sampleRate, audioFormat, bitsPerSample, subformat } = wav.fmt as Format;
  const format = audioFormat === WAVE_FORMATS.extensible ? (subformat[0] as number) & 0xffff : audioFormat;
  if (format !== WAVE_FORMATS.pcm && format !== WAVE_FORMATS.float) {
    throw notAudio(name, `WAV in format 0x${format.toString(16)}, neither PCM nor float`);
  }
  const { scale, middle } = fullScale(format, bitsPerSample, channels.length);
  const mixed = new Float32Array(channels[0]?.length ?? 0);
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += (channel[i] as number) - middle;
    mixed[i] = sum * scale;
  }
  return { sampleRateHz: sampleRate, channels: channels.length, samples: mixed };
}

interface Format {
  sampleRate: number;
  audioFormat: number;
  bitsPerSample: number;
  /** The extensible format's GUID, as four 32-bit numbers; the first is the format proper. */
  subformat: number[];
}

/** 8-bit WAV is unsigned, wider integers are signed, floats are in full scale already. */
function fullScale(format: number, bits: number, channels: number) {
  if (format === WAVE_FORMATS.float) return { scale: 1 / channels, middle: 0 };
  return { scale: 1 / (2 ** (bits - 1) * channels), middle: bits === 8 ? 128 : 0 };
}

function notAudio(name: string, found: string, cause?: unknown): EupneaError {
  return new EupneaError('NOT_AUDIO', `${name}: found ${found}`, {
    hint: 'WAV (PCM or float), FLAC (16 or 24 bits), of 2 to 96 kHz, and Ogg Opus are read.',
    cause,
  });
}
