import type { ErrorCode } from '#libs/contracts';
import { Backoff, type BackoffOptions } from './backoff.js';
import { ChunkBuffer } from './chunk-buffer.js';
import { ClockOffset } from './clock-offset.js';
import { encodeFrame, type Frame } from './frame.js';
import {
  type ClientMessage,
  type Failure,
  type Rejected,
  type ServerMessage,
  type SessionFacts,
  type Situation,
  UNKNOWN_SITUATION,
} from './protocol.js';
import type { OpenSocket, Socket } from './socket.js';

export interface DeviceClientOptions {
  /** Of the gateway's stream, e.g. wss://eupnea.example/v1/stream. */
  url: string;
  token: string;
  /** Whom the token must be for; without it the token alone says that. */
  owner?: { subjectId: string; deviceId: string };
  session: SessionFacts;
  /** Until `setSituation` says otherwise. @default everything unknown */
  situation?: Partial<Situation>;
  /** What may wait for its acknowledgement. @default 8 MiB, some four minutes of 16 kHz PCM */
  maxBufferedBytes?: number;
  /** A connection on which nothing is heard for so long is given up; a third of it after the last word it is asked for one. @default 30000 */
  silenceMs?: number;
  backoff?: BackoffOptions;
  /** @default the platform's WebSocket; Node before 22 has none: `(url) => new WebSocket(url)` with that of `ws` */
  openSocket?: OpenSocket;
  /** The gateway refused one chunk for good; it was let go. */
  onRejected?: (rejected: Rejected) => void;
}

/** The gateway refused for good: its code tells why, and no reconnect mends it. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';

  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

interface Waiter {
  isDone: () => boolean;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** WebSocket's own code for a message that is longer than the other side takes. */
const CLOSED_AS_TOO_LARGE = 1009;

/**
 * One session of one device. Keeps every chunk until it is durable, sends as many as the gateway grants, reconnects
 * with growing waits for as long as it takes, and then goes on where the gateway acknowledged.
 */
export class DeviceClient {
  private readonly buffer: ChunkBuffer;
  private readonly backoff: Backoff;
  private readonly clock = new ClockOffset();
  private readonly silenceMs: number;
  private situation: Situation;
  /** What the gateway was last told over this connection. */
  private announced: Situation | undefined;
  private socket: Socket | undefined;
  /** 0 until the welcome. */
  private credits = 0;
  private endOffset: number | undefined;
  private endSent = false;
  private refusal: Error | undefined;
  private closed = false;
  private heardAtMs = 0;
  private askedAtMs: number | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly watch: ReturnType<typeof setInterval>;
  private waiters: Waiter[] = [];

  constructor(private readonly options: DeviceClientOptions) {
    this.buffer = new ChunkBuffer(options.maxBufferedBytes ?? 8 * 1024 * 1024);
    this.backoff = new Backoff(options.backoff);
    this.silenceMs = options.silenceMs ?? 30_000;
    this.situation = { ...UNKNOWN_SITUATION, ...options.situation };
    this.watch = setInterval(() => this.listenForSilence(), this.silenceMs / 10);
    this.connect();
  }

  /** How many milliseconds the gateway's clock is ahead of ours; undefined before its first word. */
  get clockOffsetMs(): number | undefined {
    return this.clock.offsetMs;
  }

  /** Chunks that are not acknowledged. */
  get buffered(): number {
    return this.buffer.length;
  }

  /**
   * Takes the next chunk; it must begin at or behind the end of the one before. A gap is a gap: what is not sent is lost.
   * @returns false when the buffer is full and nothing was taken: wait for `drained`, or lose it
   * @throws GatewayRefusal once the gateway has refused the session for good
   */
  send(chunk: Frame): boolean {
    if (this.refusal) throw this.refusal;
    if (!this.buffer.add({ ...chunk, situation: this.situation })) return false;
    this.flush();
    return true;
  }

  /** Holds for the chunks that are sent from now on. */
  setSituation(change: Partial<Situation>): void {
    const situation = { ...this.situation, ...change };
    const isNew = Object.keys(situation).some(
      (name) => situation[name as keyof Situation] !== this.situation[name as keyof Situation],
    );
    if (isNew) this.situation = situation;
  }

  /** Resolves when everything that was taken is durable. @throws GatewayRefusal; Error after `close` */
  drained(): Promise<void> {
    return this.when(() => this.buffer.length === 0);
  }

  /**
   * Ends the session behind its last sample, and resolves when that is durable; then the client is closed.
   * @throws as `drained`
   */
  end(sampleOffset: number): Promise<void> {
    this.endOffset ??= sampleOffset;
    this.flush();
    return this.when(() => this.endOffset === undefined);
  }

  /** Gives up the connection and what is buffered. */
  close(): void {
    this.finish(new Error('the client was closed'));
  }

  private when(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ isDone, resolve, reject });
      this.settle();
    });
  }

  private settle(): void {
    const { refusal } = this;
    this.waiters = this.waiters.filter(({ isDone, resolve, reject }) => {
      if (isDone()) resolve();
      else if (refusal) reject(refusal);
      else return true;
      return false;
    });
  }

  private connect(): void {
    const socket = (this.options.openSocket ?? platformSocket)(this.options.url);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    this.heardAtMs = Date.now();
    socket.onopen = () => this.greet();
    socket.onmessage = ({ data }: { data: unknown }) => this.hear(JSON.parse(String(data)) as ServerMessage);
    socket.onerror = () => undefined; // a close follows
    socket.onclose = ({ code }: { code: number }) => {
      if (code === CLOSED_AS_TOO_LARGE)
        this.finish(new GatewayRefusal('TOO_LARGE', 'a chunk is larger than is allowed'));
      else this.reconnect();
    };
  }

  private greet(): void {
    const { owner, session, token } = this.options;
    this.announced = this.buffer.nextUnsent?.situation ?? this.situation;
    this.askedAtMs = Date.now();
    this.say({ type: 'hello', token, ...owner, ...session, ...this.announced });
  }

  private hear(message: ServerMessage): void {
    this.heardAtMs = Date.now();
    if ('serverTime' in message) this.noteClock(message.serverTime);
    switch (message.type) {
      case 'welcome':
        this.credits = message.credits;
        this.buffer.acknowledge(message.durableOffset ?? 0);
        break;
      case 'ack':
        this.backoff.reset();
        this.buffer.acknowledge(message.durableOffset);
        break;
      case 'rejected':
        this.buffer.remove(message.sampleOffset);
        this.options.onRejected?.(message);
        break;
      case 'ended':
        this.endOffset = undefined;
        return this.finish(new Error('the session has ended'));
      case 'error':
        return this.fail(message);
    }
    this.flush();
    this.settle();
  }

  private noteClock(serverTimeMs: number): void {
    if (this.askedAtMs === undefined) return;
    this.clock.add(this.askedAtMs, Date.now(), serverTimeMs);
    this.askedAtMs = undefined;
  }

  private flush(): void {
    while (this.buffer.inFlight < this.credits) {
      const chunk = this.buffer.nextUnsent;
      if (chunk === undefined) break;
      if (chunk.situation !== this.announced) {
        this.announced = chunk.situation;
        this.say({ type: 'situation', ...chunk.situation });
      }
      this.buffer.inFlight += 1;
      this.socket?.send(encodeFrame(chunk));
    }
    if (this.endOffset === undefined || this.endSent || this.credits === 0 || this.buffer.nextUnsent) return;
    this.endSent = true;
    this.say({ type: 'end', sampleOffset: this.endOffset });
  }

  private fail({ code, message, retryAfterSeconds }: Failure): void {
    if (retryAfterSeconds === undefined) this.finish(new GatewayRefusal(code, message));
    else this.reconnect(retryAfterSeconds * 1000);
  }

  private reconnect(atLeastMs = 0): void {
    this.leave();
    if (this.closed) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), this.backoff.next(atLeastMs));
  }

  /** Forgets the connection: what was under way on it is sent again over the next one. */
  private leave(): void {
    const { socket } = this;
    this.socket = undefined;
    this.credits = 0;
    this.buffer.inFlight = 0;
    this.endSent = false;
    this.announced = undefined;
    this.askedAtMs = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private finish(reason: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.refusal = reason;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.leave();
    this.settle();
  }

  private listenForSilence(): void {
    if (this.socket === undefined) return;
    const silentMs = Date.now() - this.heardAtMs;
    if (silentMs > this.silenceMs) this.reconnect();
    else if (silentMs > this.silenceMs / 3 && this.credits > 0 && this.askedAtMs === undefined) {
      this.askedAtMs = Date.now();
      this.say({ type: 'ping' });
    }
  }

  private say(message: ClientMessage): void {
    this.socket?.send(JSON.stringify(message));
  }
}

function platformSocket(url: string): Socket {
  const { WebSocket } = globalThis as { WebSocket?: new (url: string) => Socket };
  if (WebSocket === undefined) throw new Error('this platform has no WebSocket; give one as openSocket');
  return new WebSocket(url);
}
