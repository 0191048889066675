import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EncodedAudio, decodeAudio } from './decode-audio.js';
import { encodeFlac } from './flac-encoder.js';
import { encodePcm } from './pcm.js';

const int16 = fc.integer({ min: -32_768, max: 32_767 });
const anySound = fc
  .record({ frames: fc.integer({ min: 1, max: 6_000 }), channels: fc.integer({ min: 1, max: 3 }), seed: fc.nat() })
  .chain(({ frames, channels }) =>
    // Long runs of few values, as in silence and clipping, are what a decoder gets wrong.
    fc
      .array(fc.oneof(int16, fc.constantFrom(0, -1, 1, 255, 256, -256, 32_767, -32_768)), {
        minLength: 1,
        maxLength: 64,
      })
      .chain((values) =>
        fc.integer({ min: 1, max: 50 }).map((stride) => ({
          channels,
          samples: Int16Array.from(
            { length: frames * channels },
            (_, i) => values[Math.floor(i / stride) % values.length] as number,
          ),
        })),
      ),
  );

const mean = (samples: Int16Array, channels: number) =>
  Float32Array.from({ length: samples.length / channels }, (_, i) => {
    const frame = samples.subarray(i * channels, (i + 1) * channels);
    return frame.reduce((sum, sample) => sum + sample, 0) / channels / 32_768;
  });

const chunk = (over: Partial<EncodedAudio>): EncodedAudio => ({
  encoding: 'flac',
  sampleRateHz: 16_000,
  channels: 1,
  sampleOffset: 0,
  preRollSamples: 0,
  audio: encodeFlac(
    Int16Array.from({ length: 16_000 }, (_, i) => 3000 * Math.sin(i / 5) + (i % 37)),
    16_000,
  ),
  ...over,
});

describe.each(['pcm_s16le', 'flac'] as const)('%s', (encoding) => {
  test('decodes to the very integers over 32768, the mean of the channels', () => {
    fc.assert(
      fc.property(anySound, ({ samples, channels }) => {
        const audio = encoding === 'flac' ? encodeFlac(samples, 22_050, channels) : encodePcm(samples);
        const decoded = decodeAudio(chunk({ encoding, sampleRateHz: 22_050, channels, audio }));
        expect(decoded.kind).toBe('ok');
        const expected = mean(samples, channels);
        if (decoded.kind !== 'ok') return;
        expect(decoded.value).toHaveLength(expected.length);
        expect(decoded.value.every((sample, i) => Math.abs(sample - (expected[i] as number)) < 1e-7)).toBe(true);
        if (channels < 3) expect(decoded.value).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

test.each(['pcm_s16le', 'flac', 'opus'] as const)('no bytes of %s are no samples', (encoding) => {
  const nothing = { kind: 'ok', value: new Float32Array(0) };
  expect(decodeAudio(chunk({ encoding, audio: Buffer.alloc(0) }))).toEqual(nothing);
});

describe('what cannot be decoded is rejected with its code', () => {
  test('an encoding that this version does not know', () => {
    expect(decodeAudio(chunk({ encoding: 'unknown' }))).toMatchObject({ kind: 'reject', code: 'UNKNOWN_ENCODING' });
  });

  test('PCM that ends within a sample', () => {
    const odd = chunk({ encoding: 'pcm_s16le', channels: 2, audio: Buffer.alloc(6) });
    expect(decodeAudio(odd)).toMatchObject({ kind: 'reject', code: 'UNDECODABLE_AUDIO' });
  });

  test('FLAC whose header contradicts the chunk', () => {
    for (const over of [{ sampleRateHz: 48_000 }, { channels: 2 }]) {
      expect(decodeAudio(chunk(over))).toMatchObject({ kind: 'reject', code: 'UNDECODABLE_AUDIO' });
    }
  });

  test('FLAC that is cut short, with or without an announced length', () => {
    const { audio } = chunk({});
    const unannounced = Buffer.from(audio);
    unannounced.fill(0, 26, 42); // MD5 unknown
    unannounced.fill(0, 22, 26); // number of samples unknown
    unannounced[21] = (unannounced[21] as number) & 0xf0;
    for (const whole of [audio, unannounced]) {
      expect(decodeAudio(chunk({ audio: whole })).kind).toBe('ok');
      expect(decodeAudio(chunk({ audio: whole.subarray(0, whole.length - 100) }))).toMatchObject({
        kind: 'reject',
        code: 'UNDECODABLE_AUDIO',
      });
    }
  });

  test('a few bytes that hold hours of silence', () => {
    const audio = encodeFlac(new Int16Array(61 * 16_000), 16_000);
    expect(audio.length).toBeLessThan(20_000);
    expect(decodeAudio(chunk({ audio }))).toMatchObject({ kind: 'reject', code: 'CHUNK_TOO_LONG' });
    audio.fill(0, 22, 26); // the header keeps silent about the length
    audio[21] = (audio[21] as number) & 0xf0;
    expect(decodeAudio(chunk({ audio }))).toMatchObject({ kind: 'reject', code: 'CHUNK_TOO_LONG' });
    const pcm = Buffer.alloc(61 * 16_000 * 2);
    expect(decodeAudio(chunk({ encoding: 'pcm_s16le', audio: pcm }))).toMatchObject({ code: 'CHUNK_TOO_LONG' });
  });
});

test('any damage to FLAC is rejected or harmless, and the decoder works on', () => {
  const intact = chunk({});
  const expected = decodeAudio(intact);
  const damage = fc.oneof(
    fc.record({
      kind: fc.constant('flip' as const),
      at: fc.nat(intact.audio.length - 1),
      bits: fc.integer({ min: 1, max: 255 }),
    }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(intact.audio.length - 1), length: fc.nat(2_000) }),
    fc.record({
      kind: fc.constant('insert' as const),
      at: fc.nat(intact.audio.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    }),
    fc.record({ kind: fc.constant('random' as const), bytes: fc.uint8Array({ maxLength: 3_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      let audio = Buffer.from(intact.audio);
      for (const step of damages) {
        if (step.kind === 'flip' && step.at < audio.length) audio[step.at] = (audio[step.at] as number) ^ step.bits;
        if (step.kind === 'cut')
          audio = Buffer.concat([audio.subarray(0, step.at), audio.subarray(step.at + step.length)]);
        if (step.kind === 'insert')
          audio = Buffer.concat([audio.subarray(0, step.at), step.bytes, audio.subarray(step.at)]);
        if (step.kind === 'random') audio = Buffer.concat([audio.subarray(0, 42), step.bytes]);
      }
      const decoded = decodeAudio(chunk({ audio }));
      if (decoded.kind === 'ok' && audio.length > 0) expect(decoded).toEqual(expected);
      else if (decoded.kind === 'reject') expect(['UNDECODABLE_AUDIO', 'CHUNK_TOO_LONG']).toContain(decoded.code);
    }),
    { numRuns: 400 },
  );
  expect(decodeAudio(intact)).toEqual(expected);
});
