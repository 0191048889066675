import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

export interface HeardRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  atMs: number;
  /** What it was answered. */
  status: number;
}

/** How a path answers its next request. */
export interface CannedAnswer {
  status: number;
  headers?: Record<string, string>;
}

/** An HTTP server that keeps what it is told, and answers each path as it was told to (200 where nothing was said). */
export class AlertReceiver {
  readonly heard: HeardRequest[] = [];
  private readonly answers = new Map<string, CannedAnswer[]>();
  /** Every n-th request of any path is turned away with 503. */
  turnsAwayEvery = Infinity;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<AlertReceiver> {
    const server = createServer();
    const receiver = new AlertReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const body = Buffer.concat(chunks).toString();
        const { status, headers } = receiver.nextAnswer(path);
        receiver.heard.push({ path, headers: request.headers, body, atMs: Date.now(), status });
        response.writeHead(status, headers).end('thank you');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next answers of a path; the last one is given again and again. */
  answer(path: string, ...answers: CannedAnswer[]): void {
    this.answers.set(path, answers);
  }

  at(path: string): HeardRequest[] {
    return this.heard.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private nextAnswer(path: string): CannedAnswer {
    if ((this.heard.length + 1) % this.turnsAwayEvery === 0) return { status: 503 };
    const answers = this.answers.get(path) ?? [];
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 200 };
  }
}
