import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type ErrorCode, EupneaError } from '#libs/contracts';
import { LOGGER, type Logger } from '#libs/platform';
import { WebSocketServer } from 'ws';
import { AudioLog } from '../intake/audio-log.js';
import { Authority } from '../intake/authority.js';
import { RateLimit } from '../intake/rate-limit.js';
import { SessionTable } from '../intake/session-table.js';
import { LIMITS } from '../limits.js';
import { gatewayMetrics } from '../metrics.js';
import { Refusal, statusOf } from '../refusal.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { StreamConnection } from './stream-connection.js';

const PATH = '/v1/stream';
const FRAME_HEADER_BYTES = 12;
/** A client that does not answer our close is cut off. */
const CLOSE_WITHIN_MS = 2_000;
const DRAIN_WITHIN_MS = 1_000;
/** Connections beside those of the stream: requests, health, metrics. */
const OTHER_CONNECTIONS = 256;

const SOCKETS = {
  noServer: true,
  perMessageDeflate: false, // audio does not shrink, and zlib costs memory per connection
  maxPayload: LIMITS.chunkBytes + FRAME_HEADER_BYTES,
  closeTimeout: CLOSE_WITHIN_MS,
};

/** What connections share. */
export interface StreamDependencies {
  settings: GatewaySettings;
  log: AudioLog;
  authority: Authority;
  sessions: SessionTable;
  rateLimit: RateLimit;
  /** What a client may know of an error. */
  refusalOf(error: unknown): Refusal;
}

/** Accepts the connections of the stream, counts them, and looks after them. */
@Injectable()
export class StreamServer implements OnModuleInit, BeforeApplicationShutdown {
  private readonly connections = new Set<StreamConnection>();
  private readonly server = new WebSocketServer(SOCKETS);
  private readonly deps: StreamDependencies;
  private pings: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(AudioLog) private readonly log: AudioLog,
    @Inject(Authority) private readonly authority: Authority,
    @Inject(RateLimit) rateLimit: RateLimit,
    @Inject(SessionTable) sessions: SessionTable,
  ) {
    this.deps = { settings, log, authority, sessions, rateLimit, refusalOf: (error) => this.refusalOf(error) };
  }

  onModuleInit(): void {
    const http = this.host.httpAdapter.getHttpServer() as Server;
    limitRequests(http, this.settings);
    http.on('upgrade', (request, socket, head) => this.onUpgrade(request, socket, head));
    this.pings = setInterval(() => {
      for (const connection of this.connections) connection.check();
    }, this.settings.GATEWAY_PING_EVERY_MS);
  }

  /** Before the log is closed: lets every connection finish what it has in hand. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.pings);
    const away = Promise.all([...this.connections].map((connection) => connection.goAway()));
    const timeout = new Promise((resolve) => setTimeout(resolve, DRAIN_WITHIN_MS).unref());
    await Promise.race([away, timeout]);
    for (const socket of this.server.clients) socket.terminate();
  }

  private onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined); // gone before it was let in
    const refusal = this.refusalOfUpgrade(request);
    if (refusal) {
      gatewayMetrics.refused.inc({ way: 'stream', code: refusal });
      answer(socket, refusal);
      return;
    }
    this.server.handleUpgrade(request, socket, head, (websocket) => {
      const connection = new StreamConnection(websocket, this.deps);
      this.connections.add(connection);
      gatewayMetrics.sockets.set(this.connections.size);
      websocket.once('close', () => {
        this.connections.delete(connection);
        gatewayMetrics.sockets.set(this.connections.size);
      });
    });
  }

  private refusalOfUpgrade({ url }: IncomingMessage): ErrorCode | undefined {
    if (url?.split('?')[0] !== PATH) return 'NOT_FOUND';
    if (this.isStopping) return 'GOING_AWAY';
    if (!this.log.isReady || !this.authority.isReady) return 'KAFKA_UNAVAILABLE';
    return this.server.clients.size >= this.settings.GATEWAY_MAX_SOCKETS ? 'OVERLOADED' : undefined;
  }

  private refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof EupneaError && statusOf(error.code) === 401) return new Refusal(error.code, error.message);
    this.logger.error({ err: error }, 'a connection failed');
    return new Refusal('INTERNAL', 'an unforeseen fault; the log of the service says more', LIMITS.retryAfterSeconds);
  }
}

/** Headers and bodies that trickle are cut off; Node looks for them only every 30 s unless it is told. */
function limitRequests(http: Server & { connectionsCheckingInterval?: number }, settings: GatewaySettings): void {
  http.headersTimeout = settings.GATEWAY_CLIENT_TIMEOUT_MS;
  http.requestTimeout = 2 * settings.GATEWAY_CLIENT_TIMEOUT_MS;
  http.connectionsCheckingInterval = Math.min(1_000, settings.GATEWAY_CLIENT_TIMEOUT_MS);
  http.maxConnections = settings.GATEWAY_MAX_SOCKETS + OTHER_CONNECTIONS;
}

/** Refuses an upgrade as an HTTP answer. */
function answer(socket: Duplex, code: ErrorCode): void {
  const status = statusOf(code);
  const body = JSON.stringify({ status, code });
  const retry = status === 503 ? `Retry-After: ${LIMITS.retryAfterSeconds}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nConnection: close\r\n${retry}Content-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
