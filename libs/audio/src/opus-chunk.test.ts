import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EncodedAudio, decodeAudio } from './decode-audio.js';
import { type OggOpus, readOggOpus } from './ogg-opus.js';
import { cutIntoChunks, joinPackets } from './opus-chunk.js';
import { decodePackets, packetSamples } from './opus-packets.js';

const read = (name: string): OggOpus => {
  const file = readOggOpus(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
  if (file.kind !== 'ok') throw new Error('the fixture is broken');
  return file.value;
};
const { packets, preSkipSamples } = read('breath.opus');
const RATES_HZ = [8_000, 12_000, 16_000, 24_000, 48_000];

const chunk = (over: Partial<EncodedAudio>): EncodedAudio => ({
  encoding: 'opus',
  sampleRateHz: 48_000,
  channels: 1,
  sampleOffset: 0,
  preRollSamples: 0,
  audio: joinPackets(packets.slice(0, 50)),
  ...over,
});

function valueOf(audio: EncodedAudio): Float32Array {
  const decoded = decodeAudio(audio);
  if (decoded.kind !== 'ok') throw new Error(`not decoded: ${JSON.stringify(decoded)}`);
  return decoded.value;
}

/** The whole stream at once, sample 0 first. */
function continuous(sampleRateHz: number): Float32Array {
  const decoded = decodePackets(packets, sampleRateHz, 1, Infinity);
  if (decoded.kind !== 'ok') throw new Error('the fixture is broken');
  return decoded.value.subarray((preSkipSamples * sampleRateHz) / 48_000);
}

const chunksAt = (sampleRateHz: number) => [
  ...cutIntoChunks(packets, sampleRateHz, (preSkipSamples * sampleRateHz) / 48_000),
];

const energy = (samples: Float32Array) => samples.reduce((sum, sample) => sum + sample * sample, 0);

describe.each(RATES_HZ)('a stream at %i Hz', (sampleRateHz) => {
  test('is cut into chunks without gap or overlap, each with 80 ms before it, or all there is', () => {
    let next = 0;
    for (const { sampleOffset, preRollSamples, samples } of chunksAt(sampleRateHz)) {
      expect(sampleOffset).toBe(next);
      expect(preRollSamples).toBeGreaterThanOrEqual(Math.min(sampleOffset, 0.08 * sampleRateHz));
      next += samples;
    }
    expect(next).toBe(continuous(sampleRateHz).length);
  });

  test('decodes chunk by chunk to within -40 dB of what it gives in one piece', () => {
    const whole = continuous(sampleRateHz);
    for (const { sampleOffset, preRollSamples, audio, samples } of chunksAt(sampleRateHz)) {
      const alone = valueOf(chunk({ sampleRateHz, sampleOffset, preRollSamples, audio }));
      expect(alone).toHaveLength(samples);
      const there = whole.subarray(sampleOffset, sampleOffset + samples);
      const error = alone.map((sample, i) => sample - (there[i] as number));
      expect(10 * Math.log10(energy(error) / energy(there))).toBeLessThan(-40);
    }
  });
});

test('a chunk gives the same bits whatever was decoded before it', () => {
  const chunks = chunksAt(16_000).map((one) => chunk({ sampleRateHz: 16_000, ...one }));
  const expected = chunks.map((one) => Buffer.from(valueOf(one).buffer));
  fc.assert(
    fc.property(fc.array(fc.nat(chunks.length - 1), { minLength: 1, maxLength: 8 }), (order) => {
      for (const index of order) {
        expect(expected[index]?.equals(Buffer.from(valueOf(chunks[index] as EncodedAudio).buffer))).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});

test('two channels become their mean', () => {
  const two = read('two-people.opus');
  const stereo = decodePackets(two.packets, 48_000, 2, Infinity);
  expect(decodeAudio(chunk({ channels: 2, audio: joinPackets(two.packets) }))).toEqual(stereo);
  // Asked for one channel, libopus mixes by itself, to nearly the mean.
  const mono = decodePackets(two.packets, 48_000, 1, Infinity);
  if (stereo.kind !== 'ok' || mono.kind !== 'ok') throw new Error('the fixture is broken');
  const error = stereo.value.map((sample, i) => sample - (mono.value[i] as number));
  expect(10 * Math.log10(energy(error) / energy(mono.value))).toBeLessThan(-15);
});

describe('what a packet says of its length', () => {
  test.each([
    [[0x00], 160],
    [[0x18], 960],
    [[0x60], 160],
    [[0x68], 320],
    [[0x80], 40],
    [[0xf8], 320],
    [[0xf9], 640],
    [[0xfb, 6], 1_920],
    [[0xfb, 7], undefined],
    [[0x1b, 3], undefined],
    [[0xfb, 0], undefined],
    [[0xfb], undefined],
    [[], undefined],
  ])('%j', (bytes, samples) => {
    expect(packetSamples(Uint8Array.from(bytes), 16_000)).toBe(samples);
  });
});

describe('Opus that cannot be used is rejected with its code', () => {
  const [first, second] = packets as [Buffer, Buffer];
  const silence = Buffer.from([0x18]); // 60 ms in one byte
  test.each<[string, string, Partial<EncodedAudio>]>([
    ['a rate that Opus has not', 'INVALID_FIELD', { sampleRateHz: 44_100 }],
    ['three channels', 'INVALID_FIELD', { channels: 3 }],
    ['no pre-roll within a session', 'INVALID_FIELD', { sampleOffset: 48_000 }],
    ['less than 80 ms of it', 'INVALID_FIELD', { sampleOffset: 48_000, preRollSamples: 3_839 }],
    ['less than all before it near the start', 'INVALID_FIELD', { sampleOffset: 960, preRollSamples: 959 }],
    ['more pre-roll than sound', 'INVALID_FIELD', { preRollSamples: 50 * 960 + 1 }],
    [
      'a length that is cut',
      'UNDECODABLE_AUDIO',
      { audio: joinPackets([first, second]).subarray(0, -second.length - 1) },
    ],
    ['a packet that is cut', 'UNDECODABLE_AUDIO', { audio: joinPackets([first, second]).subarray(0, -1) }],
    ['an empty packet', 'UNDECODABLE_AUDIO', { audio: joinPackets([first, Buffer.alloc(0), second]) }],
    ['frames that overrun their packet', 'UNDECODABLE_AUDIO', { audio: joinPackets([Buffer.from([0xfa, 200, 1, 2])]) }],
    ['two equal frames of odd bytes', 'UNDECODABLE_AUDIO', { audio: joinPackets([Buffer.from([0xf9, 1, 2, 3])]) }],
    ['a packet of more than 8192 bytes', 'UNDECODABLE_AUDIO', { audio: joinPackets([Buffer.alloc(8_193, 0xf8)]) }],
    ['PCM', 'UNDECODABLE_AUDIO', { audio: Buffer.alloc(32_000, 7) }],
    ['an Ogg file', 'UNDECODABLE_AUDIO', { audio: readFileSync(new URL('../fixtures/breath.opus', import.meta.url)) }],
    ['few bytes of more than a minute', 'CHUNK_TOO_LONG', { audio: joinPackets(Array(1_001).fill(silence)) }],
  ])('%s: %s', (_, code, over) => {
    expect(decodeAudio(chunk(over))).toMatchObject({ kind: 'reject', code });
  });

  test('the limits themselves are accepted', () => {
    expect(valueOf(chunk({ sampleOffset: 48_000, preRollSamples: 3_840 }))).toHaveLength(46 * 960);
    expect(valueOf(chunk({ sampleOffset: 960, preRollSamples: 960 }))).toHaveLength(49 * 960);
    expect(valueOf(chunk({ preRollSamples: 50 * 960 }))).toHaveLength(0);
    expect(valueOf(chunk({ audio: joinPackets(Array(1_000).fill(silence)) }))).toHaveLength(60 * 48_000);
  });
});

test('any damage to Opus is rejected with a code, or gives finite sound of the announced length; the next chunk is well', () => {
  const intact = chunk({ audio: joinPackets(packets.slice(0, 10)) });
  const expected = valueOf(intact);
  const at = fc.nat(intact.audio.length - 1);
  const damage = fc.oneof(
    fc.record({ at, cut: fc.nat(40), bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ at, cut: fc.constant(1), bytes: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
  );
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), fc.constantFrom(1, 2), (damages, channels) => {
      let { audio } = intact;
      for (const { at: from, cut, bytes } of damages) {
        audio = Buffer.concat([audio.subarray(0, from), bytes, audio.subarray(from + cut)]);
      }
      const decoded = decodeAudio({ ...intact, channels, audio });
      if (decoded.kind === 'ok') expect(decoded.value.every(Number.isFinite)).toBe(true);
      else
        expect(decoded).toMatchObject({
          kind: 'reject',
          code: expect.stringMatching(/^(UNDECODABLE_AUDIO|CHUNK_TOO_LONG)$/),
        });
    }),
    { numRuns: 400 },
  );
  expect(valueOf(intact)).toEqual(expected);
});
