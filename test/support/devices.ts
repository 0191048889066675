import { type AudioChunk, decode } from '#libs/contracts';
import { DeviceClient, type DeviceClientOptions, type Hello, type ServerMessage } from '#libs/device-client';
import { issueToken } from '#libs/device-tokens';
import type { LogRecord } from '#libs/messaging';
import { WebSocket } from 'ws';
import { TOKEN_SECRET } from './stack.js';

const RATE_HZ = 8_000;
/** A chunk of a tenth of a second. */
export const CHUNK_SAMPLES = RATE_HZ / 10;

export const DEVICE_ID = 'headphones';

/** 16-bit noise that is a function of session and sample, so that every byte can be told. */
export function soundOf(sessionId: string, chunk: number, samples = CHUNK_SAMPLES): Buffer {
  const audio = Buffer.alloc(2 * samples);
  let state = chunk * 7_919;
  for (const character of sessionId) state = Math.imul(state ^ character.charCodeAt(0), 16_777_619);
  for (let n = 0; n < samples; n++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    audio.writeInt16LE(state >> 16, 2 * n);
  }
  return audio;
}

export const tokenFor = async (subjectId: string, lifetimeMs = 3_600_000): Promise<string> =>
  (await issueToken(TOKEN_SECRET, { subjectId, deviceId: DEVICE_ID, expiresAtMs: Date.now() + lifetimeMs })).token;

export const sessionOf = (sessionId: string) => ({
  sessionId,
  sessionStartedAt: Date.now() - 60_000,
  sampleRateHz: RATE_HZ,
  channels: 1,
  encoding: 'pcm_s16le' as const,
  timeZone: 'Europe/Vienna',
});

export async function connectDevice(
  port: number,
  subjectId: string,
  options: Partial<DeviceClientOptions> = {},
): Promise<DeviceClient> {
  return new DeviceClient({
    url: `ws://127.0.0.1:${port}/v1/stream`,
    token: await tokenFor(subjectId),
    session: sessionOf(`session-of-${subjectId}`),
    backoff: { firstMs: 50, longestMs: 500 },
    openSocket: (url) => new WebSocket(url),
    ...options,
  });
}

export const frameOf = (sessionId: string, chunk: number, samples = CHUNK_SAMPLES) => ({
  sampleOffset: chunk * samples,
  preRollSamples: 0,
  audio: soundOf(sessionId, chunk, samples),
});

/** A bare connection, for what no client of ours would do. */
export class BareStream {
  readonly heard: ServerMessage[] = [];
  readonly closed: Promise<number>;
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.heard.push(JSON.parse(String(data)) as ServerMessage));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async open(port: number): Promise<BareStream> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/stream`);
    const stream = new BareStream(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return stream;
  }

  /** With what a hello must hold, changed as is wanted. */
  async hello(subjectId: string, changes: Record<string, unknown> = {}): Promise<void> {
    const said: Partial<Hello> = { type: 'hello', token: await tokenFor(subjectId), ...sessionOf('bare') };
    this.socket.send(JSON.stringify({ ...said, ...changes }));
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The next message of this kind, be it there already or not. */
  async hear<Type extends ServerMessage['type']>(type: Type, timeoutMs = 10_000) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const index = this.heard.findIndex((message) => message.type === type);
      if (index >= 0) return this.heard.splice(index, 1)[0] as Extract<ServerMessage, { type: Type }>;
      if (Date.now() > deadline) throw new Error(`no ${type}; heard ${JSON.stringify(this.heard)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** What a topic holds of one session, as any reader trims it; and what it had to trim. */
export interface HeardSession {
  audio: Buffer;
  chunks: AudioChunk[];
  /** Chunks that held nothing new. */
  repeated: number;
  ends: number;
}

/** @throws Error where a chunk begins ahead of the samples before it: a reader would lose a window there */
export function sessionsIn(records: Iterable<LogRecord>): Map<string, HeardSession> {
  const sessions = new Map<string, HeardSession>();
  for (const { value } of records) {
    const decoded = decode(value, 'AudioChunk');
    if (decoded.kind !== 'ok') throw new Error(`no chunk: ${JSON.stringify(decoded)}`);
    const chunk = decoded.value.value;
    const heard = sessions.get(chunk.sessionId) ?? { audio: Buffer.alloc(0), chunks: [], repeated: 0, ends: 0 };
    sessions.set(chunk.sessionId, heard);
    heard.chunks.push(chunk);
    const expected = heard.audio.length / 2;
    if (chunk.sampleOffset > expected)
      throw new Error(`${chunk.sessionId}: a gap at ${expected} before ${chunk.sampleOffset}`);
    const fresh = chunk.audio.subarray(2 * (expected - chunk.sampleOffset));
    if (chunk.endOfSession) heard.ends += 1;
    else if (fresh.length === 0) heard.repeated += 1;
    heard.audio = Buffer.concat([heard.audio, fresh]);
  }
  return sessions;
}
