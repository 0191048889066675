import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type AudioChunk, EupneaError } from '#libs/contracts';
import { checkChunk } from './check-chunk.js';
import { Lane, type LaneItem } from './lane.js';
import { parseChunkHeader, parseMessage } from './messages.js';
import { RateLimit } from './rate-limit.js';
import { SessionTable } from './session-table.js';

const NOW_MS = 1_790_000_000_000;

const chunk: AudioChunk = {
  subjectId: 'anna',
  deviceId: 'headphones',
  sessionId: 'session',
  sessionStartedAt: NOW_MS - 10_000,
  sampleOffset: 16_000,
  sampleRateHz: 16_000,
  channels: 1,
  encoding: 'pcm_s16le',
  preRollSamples: 0,
  audio: Buffer.alloc(3_200),
  restState: 'rest',
  restStateSource: 'declared',
  stage: 'none',
  environment: 'indoor',
  timeZone: 'UTC',
  endOfSession: false,
};

describe('what the estimator would refuse is refused at the edge, with the same code', () => {
  test('a sound chunk passes, with the sample behind it', () => {
    expect(checkChunk(chunk, NOW_MS)).toEqual({ kind: 'ok', value: { chunk, endOffset: 17_600 } });
  });

  test.each<[string, string, Partial<AudioChunk>]>([
    ['INVALID_FIELD', 'a rate of no microphone', { sampleRateHz: 1_000 }],
    ['INVALID_FIELD', 'no session', { sessionId: '' }],
    ['INVALID_FIELD', 'an offset before the session', { sampleOffset: -1 }],
    ['INVALID_FIELD', 'no audio', { audio: Buffer.alloc(0) }],
    ['CLOCK_OUT_OF_RANGE', 'from the future', { sessionStartedAt: NOW_MS + 3_600_000 }],
    ['CLOCK_OUT_OF_RANGE', 'from last week', { sessionStartedAt: NOW_MS - 8 * 86_400_000 }],
    ['UNKNOWN_ENCODING', 'unknown', { encoding: 'unknown' }],
    ['UNDECODABLE_AUDIO', 'half a sample', { audio: Buffer.alloc(3) }],
    ['UNDECODABLE_AUDIO', 'no FLAC', { encoding: 'flac' }],
    ['CHUNK_TOO_LONG', 'more than a minute', { sampleRateHz: 8_000, audio: Buffer.alloc(2 * 8_000 * 61) }],
  ])('%s: %s', (code, _, changes) => {
    expect(checkChunk({ ...chunk, ...changes }, NOW_MS)).toMatchObject({ kind: 'reject', code });
  });
});

describe('messages', () => {
  const facts = { sessionId: 's', sessionStartedAt: 1, sampleRateHz: 16_000, encoding: 'flac' };
  const hello = { type: 'hello', token: 't', ...facts };

  test('take defaults for what need not be said', () => {
    expect(parseMessage(JSON.stringify(hello))).toMatchObject({
      channels: 1,
      timeZone: 'UTC',
      restState: 'unknown',
      stage: 'none',
    });
  });

  test('an encoding that nobody knows is told by the check of the sound, as in the log', () => {
    expect(parseMessage(JSON.stringify({ ...hello, encoding: 'mp3' }))).toMatchObject({ encoding: 'unknown' });
  });

  test.each([
    ['MALFORMED_MESSAGE', '{'],
    ['MALFORMED_MESSAGE', '[]'],
    ['MALFORMED_MESSAGE', '{"type":"goodbye"}'],
    ['INVALID_FIELD', JSON.stringify({ ...hello, restState: 'asleep' })],
    ['INVALID_FIELD', JSON.stringify({ ...hello, sampleRateHz: '16000' })],
    ['INVALID_FIELD', JSON.stringify({ ...hello, timeZone: 'Mars/Olympus' })],
    ['INVALID_FIELD', '{"type":"end","sampleOffset":1.5}'],
  ])('%s: %s', (code, text) => {
    expect(() => parseMessage(text)).toThrow(expect.objectContaining({ code }));
  });

  test('a chunk header is parsed alike', () => {
    const parsed = parseChunkHeader(JSON.stringify({ ...facts, sampleOffset: 5 }));
    expect(parsed).toMatchObject({ sampleOffset: 5, preRollSamples: 0, endOfSession: false });
    expect(() => parseChunkHeader(JSON.stringify(facts))).toThrow(expect.objectContaining({ code: 'INVALID_FIELD' }));
  });
});

describe('the rate of a device', () => {
  test('has a burst of two seconds, then so many a second, each device for itself', () => {
    const limit = new RateLimit(10);
    expect(limit.take('a', 20, 1_000)).toBe(0);
    expect(limit.take('a', 1, 1_000)).toBe(100);
    expect(limit.waitMs('a', 1_000)).toBe(100);
    expect(limit.waitMs('a', 1_100)).toBe(0);
    expect(limit.waitMs('b', 1_000)).toBe(0);
    expect(limit.take('a', 20, 11_000)).toBe(0); // whole again
  });
});

describe('sessions', () => {
  const owner = { subjectId: 'anna', deviceId: 'headphones' };
  const facts = { ...chunk, sessionId: 'one' };
  const holder = () => ({ replaced: 0, replace(): void { this.replaced += 1; } }); // prettier-ignore

  test('keep their facts, and tell how far they are durable', () => {
    const table = new SessionTable(2, 10);
    const first = holder();
    expect(table.hold(owner, facts, first)).toBeUndefined();
    table.noteDurable(owner, 'one', 500);
    table.noteDurable(owner, 'one', 400);
    table.release(owner, 'one', first);
    expect(table.hold(owner, facts, holder())).toBe(500);
    expect(() => table.check(owner, { ...facts, sampleRateHz: 8_000 })).toThrow(
      expect.objectContaining({ code: 'SESSION_CHANGED' }),
    );
  });

  test('are replaced by the same session, and so many of a device are open at once', () => {
    const table = new SessionTable(2, 10);
    const [first, second] = [holder(), holder()];
    table.hold(owner, facts, first);
    table.hold(owner, facts, second);
    expect([first.replaced, second.replaced]).toEqual([1, 0]);
    table.release(owner, 'one', first); // late, and not its own any more
    table.hold(owner, { ...facts, sessionId: 'two' }, holder());
    const third = () => table.hold(owner, { ...facts, sessionId: 'three' }, holder());
    expect(third).toThrow(expect.objectContaining({ code: 'TOO_MANY_SESSIONS' }));
    table.hold({ ...owner, deviceId: 'other' }, facts, holder());
    table.release(owner, 'one', second);
    expect(third()).toBeUndefined();
  });

  test('that are not open are forgotten, the longest silent first', () => {
    const table = new SessionTable(9, 2);
    const first = holder();
    table.hold(owner, facts, first);
    table.noteDurable(owner, 'one', 7);
    for (const sessionId of ['two', 'three']) table.check(owner, { ...facts, sessionId });
    expect(table.hold(owner, facts, holder())).toBe(7); // open, so it stayed
  });
});

describe('a lane', () => {
  /** A log whose next appends can be made to fail. */
  function logThat(outcomes: ('ok' | 'away' | 'broken')[]) {
    const appended: number[][] = [];
    let released = 0;
    const append = async (chunks: AudioChunk[]) => {
      await sleep(2);
      const outcome = outcomes.shift() ?? 'ok';
      if (outcome === 'away') throw new EupneaError('KAFKA_UNAVAILABLE', 'away');
      if (outcome === 'broken') throw new TypeError('broken');
      appended.push(chunks.map(({ sampleOffset }) => sampleOffset));
    };
    return { append, release: (bytes: number) => void (released += bytes), appended, bytes: () => released };
  }
  const item = (sampleOffset: number): LaneItem => ({
    chunk: { ...chunk, sampleOffset, audio: Buffer.alloc(10) },
    endOffset: sampleOffset + 5,
  });

  function laneOver(log: ReturnType<typeof logThat>) {
    const durable: number[] = [];
    const faults: unknown[] = [];
    const lane = new Lane({
      log,
      delayMs: () => 0,
      onDurable: (items) => durable.push(...items.map(({ endOffset }) => endOffset)),
      onFault: (error) => faults.push(error),
    });
    return { lane, durable, faults };
  }

  test('nothing overtakes a batch that failed', async () => {
    const log = logThat(['ok', 'away', 'away']);
    const { lane, durable } = laneOver(log);
    lane.push(item(0));
    await sleep(1);
    for (const offset of [5, 10]) lane.push(item(offset));
    await sleep(100);
    lane.push(item(15));
    expect(lane.waiting).toBe(3);
    await lane.settled();
    expect(log.appended).toEqual([[0], [5, 10], [15]]);
    expect(durable).toEqual([5, 10, 15, 20]);
    expect([lane.waiting, log.bytes()]).toEqual([0, 40]);
  });

  test('closed, it gives up what waits and frees its bytes', async () => {
    const log = logThat(['away']);
    const { lane, durable, faults } = laneOver(log);
    lane.push(item(0));
    await sleep(20);
    lane.push(item(5));
    lane.close();
    await lane.settled();
    expect([log.appended, durable, faults, log.bytes()]).toEqual([[], [], [], 20]);
  });

  test('a fault that does not pass is told', async () => {
    const log = logThat(['broken']);
    const { lane, faults } = laneOver(log);
    lane.push(item(0));
    await lane.settled();
    expect(faults).toHaveLength(1);
    expect(log.bytes()).toBe(10);
  });
});
