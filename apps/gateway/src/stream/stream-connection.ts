import type { AudioChunk } from '#libs/contracts';
import { DEFAULT_CHUNK_LIMITS, checkClock, checkFields } from '#libs/chunk-checks';
import { decodeAudio } from '#libs/audio';
import { type Hello, type ServerMessage, type Situation, decodeFrame } from '#libs/device-client';
import type { DeviceToken } from '#libs/device-tokens';
import type { WebSocket } from 'ws';
import { requireSame } from '../intake/authority.js';
import { checkChunk } from '../intake/check-chunk.js';
import { Lane, type LaneItem } from '../intake/lane.js';
import { parseMessage } from '../intake/messages.js';
import { deviceKeyOf } from '../intake/session-table.js';
import { LIMITS } from '../limits.js';
import { gatewayMetrics } from '../metrics.js';
import { Refusal, refusalOf, statusOf } from '../refusal.js';
import type { StreamDependencies } from './stream-server.js';

const NORMAL_CLOSURE = 1000;

/** What the hello settled. */
interface Session {
  token: DeviceToken;
  facts: Omit<Hello, 'type' | 'token' | keyof Situation>;
  situation: Situation;
  /** Frames go forward: none begins before this. */
  nextOffset: number;
  lane: Lane;
  ended: boolean;
}

/** One connection of the stream, from its hello to its close. Messages are handled in their order. */
export class StreamConnection {
  private session: Session | undefined;
  private greeted = false;
  private isOver = false;
  /** Whether it gave a sign of life since it was last asked. */
  isAlive = true;
  private readonly helloTimer: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    private readonly deps: StreamDependencies,
  ) {
    const timeoutMs = deps.settings.GATEWAY_CLIENT_TIMEOUT_MS;
    this.helloTimer = setTimeout(() => {
      this.refuse(new Refusal('TIMED_OUT', `no hello within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.onMessage(data, isBinary));
    socket.on('pong', () => (this.isAlive = true));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      const isTooLarge = code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'; // ws closes by itself, with 1009
      gatewayMetrics.refused.inc({ way: 'stream', code: isTooLarge ? 'TOO_LARGE' : 'MALFORMED_MESSAGE' });
    });
    socket.on('close', () => this.leave());
  }

  /** Asks for a sign of life, and cuts off who gave none since it was last asked, or whose token is good no more. */
  check(): void {
    if (!this.isAlive) {
      gatewayMetrics.refused.inc({ way: 'stream', code: 'TIMED_OUT' });
      this.socket.terminate();
      return;
    }
    this.isAlive = false;
    this.socket.ping();
    this.guarded(() => this.session && this.deps.authority.requireValid(this.session.token, Date.now()));
  }

  /** Another connection took the session over. */
  replace(): void {
    this.refuse(new Refusal('REPLACED', 'the same session was opened over another connection'));
  }

  /** Lets what is in hand become durable, and sends the device elsewhere. */
  async goAway(): Promise<void> {
    await this.session?.lane.settled();
    this.refuse(new Refusal('GOING_AWAY', 'this gateway stops', 1));
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    this.isAlive = true;
    if (this.isOver) return;
    this.guarded(() => (isBinary ? this.onFrame(data) : this.onText(data)));
  }

  private guarded(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      this.refuse(error);
    }
  }

  private onText(data: Buffer): void {
    if (data.length > LIMITS.messageBytes)
      throw new Refusal('TOO_LARGE', `a message has up to ${LIMITS.messageBytes} bytes`);
    const message = parseMessage(data.toString('utf8'));
    if (message.type === 'hello') {
      if (this.greeted) throw new Refusal('MALFORMED_MESSAGE', 'one hello is enough');
      this.greeted = true;
      void this.onHello(message).catch((error: unknown) => this.refuse(error));
      return;
    }
    const session = this.welcomed();
    if (message.type === 'ping') this.say({ type: 'pong', serverTime: Date.now() });
    else if (message.type === 'end') this.onEnd(session, message.sampleOffset);
    else session.situation = changed(session.situation, message);
  }

  private async onHello({ type: _, token: text, ...said }: Hello): Promise<void> {
    const { authority, sessions, settings, rateLimit, log } = this.deps;
    const token = await authority.admit(text);
    if (this.isOver) return;
    clearTimeout(this.helloTimer);
    requireSame(token, said);
    const { restState, restStateSource, stage, environment, ...facts } = said;
    const situation = { restState, restStateSource, stage, environment };
    this.requireUsable(chunkOf(token, facts, situation));
    const durableOffset = sessions.hold(token, facts, this);
    const lane = new Lane({
      log,
      delayMs: (chunks) => rateLimit.take(deviceKeyOf(token), chunks, Date.now()),
      onDurable: (items) => this.onDurable(items),
      onFault: (error) => this.refuse(error),
    });
    this.session = { token, facts, situation, nextOffset: 0, lane, ended: false };
    gatewayMetrics.sessions.inc();
    const credits = settings.GATEWAY_CREDITS;
    this.say({ type: 'welcome', credits, durableOffset: durableOffset ?? null, serverTime: Date.now() });
  }

  /** What every chunk of the session would be refused for is refused at once. */
  private requireUsable(empty: AudioChunk): void {
    const limits = { ...DEFAULT_CHUNK_LIMITS, behindMs: Infinity }; // a session may have begun long ago
    const clock = checkClock({ appendTimeMs: Date.now() }, empty, limits);
    for (const result of [checkFields(empty), clock, decodeAudio(empty)]) {
      if (result.kind === 'reject') throw refusalOf(result);
    }
  }

  private onFrame(data: Buffer): void {
    const session = this.welcomed();
    const { authority, log, settings } = this.deps;
    authority.requireValid(session.token, Date.now());
    const frame = decodeFrame(data);
    if (frame === undefined)
      throw new Refusal('MALFORMED_MESSAGE', 'a frame begins with its sample offset and pre-roll');
    if (session.ended) throw new Refusal('MALFORMED_MESSAGE', 'the session has ended');
    if (session.lane.waiting >= settings.GATEWAY_CREDITS) {
      throw new Refusal('TOO_MANY_IN_FLIGHT', `${settings.GATEWAY_CREDITS} frames may be unacknowledged`);
    }
    const { sampleOffset, preRollSamples } = frame;
    const reject = (refusal: Pick<Refusal, 'code' | 'message'>) => {
      gatewayMetrics.refused.inc({ way: 'stream', code: refusal.code });
      this.say({ type: 'rejected', sampleOffset, code: refusal.code, message: refusal.message });
    };
    if (sampleOffset < session.nextOffset) {
      return reject({ code: 'OUT_OF_ORDER', message: `the frames before go up to sample ${session.nextOffset}` });
    }
    const { token, facts, situation } = session;
    const audio = Buffer.from(frame.audio.buffer, frame.audio.byteOffset, frame.audio.length);
    const chunk = { ...chunkOf(token, facts, situation), sampleOffset, preRollSamples, audio, endOfSession: false };
    const checked = checkChunk(chunk, Date.now());
    if (checked.kind === 'reject') return reject(checked);
    if (checked.kind === 'ok') this.take(session, checked.value, log);
  }

  private onEnd(session: Session, sampleOffset: number): void {
    if (session.ended) return;
    if (sampleOffset < session.nextOffset) {
      throw new Refusal('INVALID_FIELD', `sampleOffset: the frames go up to sample ${session.nextOffset}`);
    }
    session.ended = true;
    const chunk = { ...chunkOf(session.token, session.facts, session.situation), sampleOffset };
    const checked = checkChunk(chunk, Date.now());
    if (checked.kind === 'reject') throw refusalOf(checked);
    if (checked.kind === 'ok') this.take(session, checked.value, this.deps.log);
  }

  private take(session: Session, item: LaneItem, log: StreamDependencies['log']): void {
    if (!log.reserve(item.chunk.audio.length)) {
      throw new Refusal('OVERLOADED', 'too much already waits for the log', LIMITS.retryAfterSeconds);
    }
    session.nextOffset = item.endOffset;
    session.lane.push(item);
  }

  private onDurable(items: LaneItem[]): void {
    const last = items.at(-1);
    if (last === undefined || this.session === undefined) return;
    const { token, facts } = this.session;
    this.deps.sessions.noteDurable(token, facts.sessionId, last.endOffset);
    gatewayMetrics.chunks.inc({ way: 'stream' }, items.length);
    this.say({ type: 'ack', durableOffset: last.endOffset });
    if (last.chunk.endOfSession) {
      this.say({ type: 'ended' });
      this.close(NORMAL_CLOSURE);
    }
    if (this.socket.bufferedAmount > LIMITS.unreadBytes) this.socket.terminate(); // it does not read
  }

  private welcomed(): Session {
    if (this.session === undefined) throw new Refusal('MALFORMED_MESSAGE', 'say hello first, and wait for the welcome');
    return this.session;
  }

  private refuse(error: unknown): void {
    if (this.isOver) return;
    const refusal = this.deps.refusalOf(error);
    const { code, message, retryAfterSeconds } = refusal;
    gatewayMetrics.refused.inc({ way: 'stream', code });
    const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    this.say({ type: 'error', code, message, serverTime: Date.now(), ...retry });
    this.close(4_000 + statusOf(code));
  }

  private say(message: ServerMessage): void {
    if (!this.isOver) this.socket.send(JSON.stringify(message));
  }

  private close(code: number): void {
    this.leave();
    this.socket.close(code);
  }

  /** Once: gives up what the log has not got, and the session. */
  private leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.helloTimer);
    if (this.session === undefined) return;
    this.session.lane.close();
    this.deps.sessions.release(this.session.token, this.session.facts.sessionId, this);
    gatewayMetrics.sessions.dec();
  }
}

/** What a change leaves out stays as it was. */
function changed(before: Situation, change: Partial<Situation>): Situation {
  const { restState, restStateSource, stage, environment } = { ...before, ...change };
  return { restState, restStateSource, stage, environment };
}

/** A chunk without sound, which only ends its session. */
function chunkOf(
  { subjectId, deviceId }: DeviceToken,
  { sessionId, sessionStartedAt, sampleRateHz, channels, encoding, timeZone }: Session['facts'],
  situation: Situation,
): AudioChunk {
  return {
    subjectId,
    deviceId,
    sessionId,
    sessionStartedAt,
    sampleOffset: 0,
    sampleRateHz,
    channels,
    encoding,
    preRollSamples: 0,
    audio: Buffer.alloc(0),
    ...situation,
    timeZone,
    endOfSession: true,
  };
}
