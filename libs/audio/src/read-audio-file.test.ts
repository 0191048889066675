import { existsSync, readFileSync, readdirSync } from 'node:fs';
import wavefile from 'wavefile';
import { describe, expect, test } from 'vitest';
import { describeIf } from '../../../test/support/describe-if.js';
import { encodeFlac } from './flac-encoder.js';
import { readAudioFile } from './read-audio-file.js';

const wave = [0, 0.25, 0.5, -0.25, -1, 0.75];

function wav(bitDepth: string, scale: number, middle = 0, channels = 1): Buffer {
  const file = new wavefile.WaveFile();
  const values = wave.map((sample) => sample * scale + middle);
  file.fromScratch(channels, 22_050, bitDepth, values as unknown as number[]);
  return Buffer.from(file.toBuffer());
}

describe('WAV', () => {
  test.each([
    ['8', 128, 128],
    ['16', 2 ** 15, 0],
    ['24', 2 ** 23, 0],
    ['32', 2 ** 31, 0],
    ['32f', 1, 0],
    ['64', 1, 0],
  ])('of %s bits becomes float in full scale', (bitDepth, scale, middle) => {
    expect(readAudioFile(wav(bitDepth, scale, middle), 'a.wav')).toEqual({
      sampleRateHz: 22_050,
      channels: 1,
      samples: Float32Array.from(wave),
    });
  });

  test('of several channels is mixed to their mean', () => {
    expect(readAudioFile(wav('16', 2 ** 15, 0, 2), 'a.wav').samples).toEqual(Float32Array.from([0.125, 0.125, -0.125]));
  });

  test('in the extensible format is read by its subformat', () => {
    const plain = wav('16', 2 ** 15);
    const format = Buffer.alloc(48);
    plain.copy(format, 0, 12, 36);
    format.writeUInt32LE(40, 4);
    format.writeUInt16LE(0xfffe, 8);
    format.writeUInt16LE(22, 24);
    format.writeUInt16LE(16, 26);
    format.write('0100000000001000800000aa00389b71', 32, 'hex');
    const extensible = Buffer.concat([plain.subarray(0, 12), format, plain.subarray(36)]);
    extensible.writeUInt32LE(extensible.length - 8, 4);
    expect(readAudioFile(extensible, 'a.wav').samples).toEqual(Float32Array.from(wave));
  });

  test('in another coding than PCM is refused by name of the format', () => {
    const file = new wavefile.WaveFile();
    file.fromScratch(1, 8_000, '16', new Int16Array(800) as unknown as number[]);
    file.toMuLaw();
    expect(() => readAudioFile(Buffer.from(file.toBuffer()), 'law.wav')).toThrow(/law\.wav: found WAV in format 0x7/);
  });
});

test('FLAC gives its own rate and the mean of its channels', () => {
  const samples = Int16Array.from([100, 300, -100, -300]);
  expect(readAudioFile(encodeFlac(samples, 44_100, 2), 'a.flac')).toMatchObject({
    sampleRateHz: 44_100,
    channels: 2,
    samples: Float32Array.from([200 / 32_768, -200 / 32_768]),
  });
});

describe('what is no audio is refused with the name and what was found', () => {
  test.each([
    ['text', Buffer.from('Hello, I am no sound'), /found bytes that begin with 0x48656c6c6f2c2049/],
    ['nothing', Buffer.alloc(0), /found an empty file/],
    ['cut WAV', wav('16', 2 ** 15).subarray(0, 30), /found broken WAV/],
    ['cut FLAC', encodeFlac(new Int16Array(9_000).fill(7), 16_000).subarray(0, 60), /found broken FLAC/],
    ['WAV without samples', wav('16', 2 ** 15).subarray(0, 44), /found/],
  ])('%s', (_, bytes, message) => {
    expect(() => readAudioFile(bytes, 'some.file')).toThrow(message);
    expect(() => readAudioFile(bytes, 'some.file')).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
  });

  test('a rate that no filter serves', () => {
    expect(() => readAudioFile(encodeFlac(new Int16Array(100), 1_000), 'slow.flac')).toThrow(/1000 Hz/);
  });
});

const recordings = new URL('../../../../shared/data/coswara-breath/audio/', import.meta.url);
describeIf(existsSync(recordings), 'no recordings in ../shared/data', 'real recordings', () => {
  test('read whole, MD5 verified', () => {
    for (const name of readdirSync(recordings).slice(0, 5)) {
      const { sampleRateHz, samples } = readAudioFile(readFileSync(new URL(name, recordings)), name);
      expect(sampleRateHz).toBe(16_000);
      expect(samples.length).toBeGreaterThan(16_000);
    }
  });
});
