import { decodeAudio } from '#libs/audio';
import { type AudioChunk, type BreathTruth, TOPICS, decode } from '#libs/contracts';
import { StreamWindower } from '#libs/windowing';
import type { OutgoingRecord } from '#libs/messaging';
import { describe, expect, test } from 'vitest';
import { deviceOf } from './device.js';
import { FleetMember, runFleet } from './fleet.js';
import { Timeline } from './timeline.js';

const START_MS = 1_790_000_000_000;

function everything(member: FleetMember): { dueMs: number; outgoing: OutgoingRecord[] }[] {
  const steps = [];
  while (member.nextDueMs < Infinity) steps.push({ dueMs: member.nextDueMs, outgoing: member.next() });
  return steps;
}

function chunksOf(records: OutgoingRecord[]): AudioChunk[] {
  return records
    .filter(({ topic }) => topic === TOPICS.audio)
    .map(({ key, value }) => {
      const decoded = decode(value, 'AudioChunk');
      if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
      expect(String(key)).toBe(decoded.value.value.subjectId);
      return decoded.value.value;
    });
}

function truthsOf(records: OutgoingRecord[]): BreathTruth[] {
  return records
    .filter(({ topic }) => topic === TOPICS.simulatorTruth)
    .map(({ value }) => (decode(value, 'BreathTruth') as unknown as { value: { value: BreathTruth } }).value.value);
}

function bySession(chunks: AudioChunk[]): AudioChunk[][] {
  const ids = [...new Set(chunks.map(({ sessionId }) => sessionId))];
  return ids.map((id) => chunks.filter(({ sessionId }) => sessionId === id));
}

describe.each([0, 1, 3, 5])('device %i', (n) => {
  const seconds = n === 5 ? 900 : 80;
  const member = new FleetMember(1, n, START_MS, START_MS + seconds * 1000);
  const steps = everything(member);
  const records = steps.flatMap(({ outgoing }) => outgoing);
  const chunks = chunksOf(records);

  test('sends nothing before it is recorded, in order, and ends every session with sound', () => {
    for (const { dueMs, outgoing } of steps) {
      for (const chunk of chunksOf(outgoing)) {
        const { sampleOffset, sampleRateHz, sessionStartedAt } = chunk;
        const decoded = decodeAudio(chunk);
        if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
        const endMs = sessionStartedAt + ((sampleOffset + decoded.value.length) / sampleRateHz) * 1000;
        expect(endMs).toBeLessThanOrEqual(dueMs + 1);
      }
    }
    for (const session of bySession(chunks)) {
      const last = session.at(-1) as AudioChunk;
      expect(last.endOfSession).toBe(true);
      expect(last.audio.length).toBeGreaterThan(0);
      expect(session.filter(({ endOfSession }) => endOfSession)).toHaveLength(1);
    }
  });

  test('its sessions do not touch one another', () => {
    const sessions = bySession(chunks);
    expect(sessions).toHaveLength(member.sent.sessions);
    let freeFromMs = 0;
    for (const session of sessions) {
      const [first, last] = [session[0] as AudioChunk, session.at(-1) as AudioChunk];
      expect(first.sessionStartedAt).toBeGreaterThan(freeFromMs);
      expect(first.sampleOffset).toBe(0);
      freeFromMs = last.sessionStartedAt + (last.sampleOffset / last.sampleRateHz) * 1000 + 1_000;
    }
  });

  test('gives the windows that it expects', () => {
    let windows = 0;
    for (const session of bySession(chunks)) {
      const windower = new StreamWindower((session[0] as AudioChunk).sampleRateHz);
      for (const chunk of session) {
        const decoded = decodeAudio(chunk);
        if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
        windows += windower.push({ ...chunk, samples: decoded.value, position: 0n }).windows.length;
      }
    }
    expect(windows).toBe(member.sent.windowsExpected);
    expect(windows).toBeGreaterThan(20);
  });

  test('tells the truth about every second of its sessions', () => {
    const truths = truthsOf(records);
    for (const session of bySession(chunks)) {
      const last = session.at(-1) as AudioChunk;
      const own = truths.filter(({ sessionId }) => sessionId === last.sessionId);
      const covered = own.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
      expect(covered).toBeGreaterThan(last.sampleOffset / last.sampleRateHz);
      expect(covered - last.sampleOffset / last.sampleRateHz).toBeLessThan(1.5);
    }
  });
});

test('a long enough run has gaps, repeated chunks and several sessions', () => {
  const records = everything(new FleetMember(1, 5, START_MS, START_MS + 2_400_000)).flatMap(({ outgoing }) => outgoing);
  const sessions = bySession(chunksOf(records));
  expect(sessions.length).toBeGreaterThan(3);
  const steps = sessions.flatMap((session) =>
    session.slice(1).map((chunk, i) => chunk.sampleOffset - (session[i] as AudioChunk).sampleOffset),
  );
  const usual = deviceOf(1, 5).chunkSamples;
  expect(steps.some((step) => step > usual)).toBe(true);
  expect(steps.some((step) => step === 0)).toBe(true);
});

test('the same seed gives the same bytes, another seed other people', () => {
  const bytes = (seed: number) =>
    Buffer.concat(
      everything(new FleetMember(seed, 1, START_MS, START_MS + 20_000)).flatMap(({ outgoing }) =>
        outgoing.map(({ value }) => value as Buffer),
      ),
    );
  expect(bytes(4).equals(bytes(4))).toBe(true);
  expect(bytes(5).equals(bytes(4))).toBe(false);
});

test('a fleet differs in rate, encoding and channels', () => {
  const devices = Array.from({ length: 8 }, (_, n) => deviceOf(1, n));
  expect(new Set(devices.map(({ sampleRateHz }) => sampleRateHz)).size).toBe(5);
  expect(new Set(devices.map(({ encoding }) => encoding)).size).toBe(2);
  expect(new Set(devices.map(({ channels }) => channels)).size).toBe(2);
  expect(new Set(devices.map(({ subjectId }) => subjectId)).size).toBe(8);
});

describe('a fleet', () => {
  test('that is faster than real time begins in the past and ends about now', async () => {
    const sent: OutgoingRecord[] = [];
    const timeline = new Timeline(60, 59);
    const log = { send: async (records: OutgoingRecord[]) => void sent.push(...records) };
    const summary = await runFleet(2, 1, timeline, timeline.startMs + 60_000, log, new AbortController().signal);
    const last = chunksOf(sent).at(-1) as AudioChunk;
    const endMs = last.sessionStartedAt + (last.sampleOffset / last.sampleRateHz) * 1000;
    expect(Math.abs(Date.now() - endMs)).toBeLessThan(5_000);
    expect(summary).toMatchObject({ streams: 2, sessions: 2 });
    expect(summary.windowsExpected).toBeGreaterThanOrEqual(2 * 18);
  });

  test('that is told to stop ends its open sessions', async () => {
    const sent: OutgoingRecord[] = [];
    const stop = new AbortController();
    const log = {
      send: async (records: OutgoingRecord[]) => {
        sent.push(...records);
        if (sent.length > 5) stop.abort();
      },
    };
    const summary = await runFleet(1, 1, new Timeline(60, 600), Infinity, log, stop.signal);
    const chunks = chunksOf(sent);
    expect(chunks.at(-1)).toMatchObject({ endOfSession: true, audio: Buffer.alloc(0) });
    expect(summary).toMatchObject({ sessions: 1, chunks: chunks.length });
  });
});
