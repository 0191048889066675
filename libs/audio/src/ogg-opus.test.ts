import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OggOpus, readOggOpus } from './ogg-opus.js';
import { readAudioFile } from './read-audio-file.js';
import { type TestPage, oggFile } from './testing/ogg-file.js';

const bytesOf = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const breath = bytesOf('breath.opus');

function valueOf(bytes: Buffer): OggOpus {
  const file = readOggOpus(bytes);
  if (file.kind !== 'ok') throw new Error(JSON.stringify(file));
  return file.value;
}

const { packets } = valueOf(breath);

/** OpusHead as RFC 7845, section 5.1, has it. */
function head(over: { channels?: number; preSkip?: number; gain?: number; version?: number; mapping?: number[] } = {}) {
  const { channels = 1, preSkip = 312, gain = 0, version = 1, mapping = [0] } = over;
  const fields = Buffer.alloc(10);
  fields.writeUInt8(version, 0);
  fields.writeUInt8(channels, 1);
  fields.writeUInt16LE(preSkip, 2);
  fields.writeUInt32LE(16_000, 4);
  fields.writeInt16LE(gain, 8);
  return Buffer.concat([Buffer.from('OpusHead'), fields, Buffer.from(mapping)]);
}

const tags = Buffer.from('OpusTags\0\0\0\0\0\0\0\0');
const headers = (over = {}): TestPage[] => [{ packets: [head(over)] }, { packets: [tags] }];
const PACKET = 960;

describe('an Ogg Opus file', () => {
  test('has exactly the samples that were encoded, behind its pre-skip and before its padding', () => {
    expect(readAudioFile(breath, 'breath.opus')).toMatchObject({ sampleRateHz: 48_000, channels: 1 });
    expect(readAudioFile(breath, 'breath.opus').samples).toHaveLength(7 * 48_000);
    const two = readAudioFile(bytesOf('two-people.opus'), 'two-people.opus');
    expect(two).toMatchObject({ sampleRateHz: 48_000, channels: 2 });
    expect(two.samples).toHaveLength(48_000);
  });

  test('gives the same sound however its packets are laid on pages', () => {
    const whole = readAudioFile(breath, 'breath.opus').samples;
    for (const perPage of [1, 7, 100]) {
      const pages = headers();
      for (let at = 0; at < packets.length; at += perPage) pages.push({ packets: packets.slice(at, at + perPage) });
      const total = 312 + 7 * 48_000;
      pages.forEach((page, i) => (page.granule = Math.min(total, (i - 1) * perPage * PACKET)));
      const again = readAudioFile(oggFile(pages), 'again.opus').samples;
      expect(Buffer.from(again).equals(Buffer.from(whole))).toBe(true);
    }
  });

  test('may hold packets that go on over several pages', () => {
    const long = Buffer.concat([
      Buffer.from([0x7b, 0x41]),
      Buffer.from([255, 255, 255, 10]),
      packets[0]?.subarray(1) as Buffer,
      Buffer.alloc(254 * 3 + 10),
    ]);
    const file = oggFile([
      ...headers(),
      { packets: [packets[1] as Buffer, long.subarray(0, 255 * 2)], isTorn: true, granule: PACKET },
      { packets: [long.subarray(255 * 2)], continues: true, granule: 2 * PACKET },
    ]);
    expect(valueOf(file).packets).toEqual([packets[1], long]);
    expect(readAudioFile(file, 'torn.opus').samples).toHaveLength(2 * PACKET - 312);
  });

  test('cut out of a longer stream is trimmed by what its positions say of its own part', () => {
    const part = packets.slice(100, 110);
    const pages = [
      ...headers({ preSkip: 0 }),
      { packets: part.slice(0, 5), granule: 105 * PACKET },
      { packets: part.slice(5), granule: 110 * PACKET - 400 },
    ];
    expect(readAudioFile(oggFile(pages), 'part.opus').samples).toHaveLength(10 * PACKET - 400);
  });

  test('whose last position makes no sense, or that was never closed, is read whole', () => {
    const part = packets.slice(0, 10);
    for (const granule of [0, 3 * PACKET, 99 * PACKET]) {
      const pages = [
        ...headers(),
        { packets: part.slice(0, 5), granule: 5 * PACKET },
        { packets: part.slice(5), granule },
      ];
      expect(valueOf(oggFile(pages)).endTrimSamples).toBe(0);
    }
    const open = oggFile([...headers(), { packets: part, granule: 9 * PACKET }], { isClosed: false });
    expect(readAudioFile(open, 'open.opus').samples).toHaveLength(10 * PACKET - 312);
  });

  test('is as loud as its gain says', () => {
    const pages = (gain: number) => oggFile([...headers({ gain }), { packets: packets.slice(0, 120) }]);
    const plain = readAudioFile(pages(0), 'plain.opus').samples;
    const louder = readAudioFile(pages(6 * 256), 'louder.opus').samples;
    expect((louder[99_999] as number) / (plain[99_999] as number)).toBeCloseTo(10 ** (6 / 20), 4);
  });

  test('may have streams of other kinds beside', () => {
    const other: TestPage = { packets: [Buffer.from('fishead of another stream')], serial: 77 };
    const [first, ...rest] = [...headers(), { packets: packets.slice(0, 5), granule: 5 * PACKET }];
    const file = oggFile([first as TestPage, other, ...rest]);
    expect(readAudioFile(file, 'two.opus').samples).toHaveLength(5 * PACKET - 312);
  });
});

describe('an Ogg file that cannot be read is refused with what is wrong', () => {
  const audio: TestPage = { packets: packets.slice(0, 5), granule: 5 * PACKET };
  const vorbis = oggFile([{ packets: [Buffer.from('\x01vorbis and so on')] }]);
  test.each<[string, Buffer, RegExp]>([
    ['another codec', vorbis, /no Opus stream/],
    ['two recordings in one', Buffer.concat([breath, bytesOf('two-people.opus')]), /several Opus streams/],
    ['a later version', oggFile([...headers({ version: 0x10 }), audio]), /header other than/],
    ['surround sound', oggFile([...headers({ channels: 3, mapping: [1, 2, 1, 0, 1, 2] }), audio]), /header other than/],
    ['no tags', oggFile([{ packets: [head()] }, audio]), /no tags/],
    ['no sound', oggFile(headers()), /no samples/],
    ['a page missing', oggFile([...headers(), { ...audio, sequence: 5 }]), /page 2 is missing/],
    [
      'a packet without its end',
      oggFile([...headers(), { packets: [Buffer.alloc(510, 0xf8)], isTorn: true }]),
      /last packet is cut short/,
    ],
    ['an end without its packet', oggFile([...headers(), { ...audio, continues: true }]), /torn before page 2/],
    [
      'a broken packet',
      oggFile([...headers(), { packets: [Buffer.from([0xf9, 1, 2, 3])] }]),
      /broken Ogg Opus \(opus: corrupted stream/,
    ],
    ['only its first page', breath.subarray(0, 47), /no tags/],
  ])('%s', (_, bytes, message) => {
    expect(() => readAudioFile(bytes, 'some.opus')).toThrow(message);
    expect(() => readAudioFile(bytes, 'some.opus')).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
  });

  test('any byte flipped, wherever it lies', () => {
    fc.assert(
      fc.property(fc.nat(breath.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const damaged = Buffer.from(breath);
        damaged[at] = (damaged[at] as number) ^ bits;
        expect(() => readAudioFile(damaged, 'a.opus')).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
      }),
      { numRuns: 200 },
    );
  });

  test('cut short anywhere but between two pages', () => {
    for (let length = 1; length < breath.length; length += 37) {
      if (breath.toString('latin1', length, length + 4) === 'OggS') continue;
      expect(() => readAudioFile(breath.subarray(0, length), 'a.opus')).toThrow(
        expect.objectContaining({ code: 'NOT_AUDIO' }),
      );
    }
  });
});
