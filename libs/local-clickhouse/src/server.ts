import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip, createInflate, gzip } from 'node:zlib';
import { EupneaError } from '#libs/contracts';
import { type Answer, Engine } from './engine.js';
import { ClickhouseException } from './exception.js';
import { contentTypeOf } from './formats.js';
import { type Statement, parseStatement } from './statement.js';

export interface LocalClickhouseOptions {
  /** 0 takes a free one. */
  port: number;
  /** Created when absent; one process at a time. */
  dataFolder: string;
  /** @default '127.0.0.1' */
  host?: string;
  /** Longest body of a request, decompressed. @default 67108864 (64 MiB) */
  maxBodyBytes?: number;
  /** Statements that may wait for their turn; more are answered with 503. @default 256 */
  maxWaiting?: number;
}

export interface LocalClickhouse {
  readonly port: number;
  readonly url: string;
  /** Drains and closes; resolves to false when a statement was still running after `timeoutMs` (default 1500). */
  stop(timeoutMs?: number): Promise<boolean>;
}

const DEFAULT_BODY_BYTES = 64 * 1024 * 1024;
const DEFAULT_WAITING = 256;
/** All waiting bodies together, in longest bodies. */
const HELD_BODIES = 4;
const KEEP_ALIVE_MS = 10_000; // as the server's keep_alive_timeout
const MAX_URI_BYTES = 1024 * 1024; // as the server's http_max_uri_size: bound parameters travel in the URL
const SUPPORTED_METHODS = new Set(['GET', 'HEAD', 'POST']);
const compressed = promisify(gzip);

/**
 * ClickHouse's HTTP interface over the embedded engine, in this process.
 * @throws EupneaError PORT_IN_USE, DATA_FOLDER_UNUSABLE, DISK_FULL
 */
export async function startLocalClickhouse(options: LocalClickhouseOptions): Promise<LocalClickhouse> {
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_BODY_BYTES;
  const host = options.host ?? '127.0.0.1';
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_URI_BYTES });
  // The port first, so that a taken one is told before a data folder is made; who asks early waits for the engine.
  const opening = listen(server, options.port, host).then(() =>
    Engine.open(resolve(options.dataFolder), {
      waiting: options.maxWaiting ?? DEFAULT_WAITING,
      heldBytes: HELD_BODIES * maxBodyBytes,
    }),
  );
  server.on('request', (request, response) => {
    opening.then(
      (engine) => handle(engine, request, response, maxBodyBytes),
      () => response.destroy(),
    );
  });
  const engine = await opening.catch((error: unknown) => {
    server.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}`,
    async stop(timeoutMs = 1_500) {
      const closed = new Promise((done) => server.close(done));
      server.closeIdleConnections();
      const drained = await engine.close(timeoutMs);
      const grace = setTimeout(() => server.closeAllConnections(), 100); // the last answers leave within it
      await closed;
      clearTimeout(grace);
      return drained;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return fail(error);
      fail(
        new EupneaError('PORT_IN_USE', `local-clickhouse wants port ${port}, and another process listens there`, {
          hint: 'Stop that process, or choose another with --port.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => done());
  });
}

async function handle(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  if (!SUPPORTED_METHODS.has(method)) return refuse(response, 501, `There is no ${method} here.\n`);
  if (url.pathname === '/ping' || url.pathname === '/replicas_status') return refuse(response, 200, 'Ok.\n');
  if (url.pathname !== '/') {
    return refuse(response, 404, `There is no handle ${url.pathname}\nUse / or /ping for health checks.\n`);
  }
  if (method !== 'POST' && !url.searchParams.has('query')) return refuse(response, 200, 'Ok.\n');

  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const queryId = url.searchParams.get('query_id') || randomUUID();
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Server-Display-Name', 'local-clickhouse');
  response.setHeader('X-ClickHouse-Timezone', engine.timeZone);
  try {
    const body = await readBody(request, maxBodyBytes, engine.version);
    const statement = parseStatement(url, request.headers, body, engine.version);
    const answer = await engine.run(statement, method !== 'POST', gone.signal);
    await send(request, response, statement, answer);
  } catch (error) {
    if (gone.signal.aborted) return;
    sendException(response, error, engine.version);
  }
}

/** Reads (and decompresses) the body, never more than the limit. */
async function readBody(request: IncomingMessage, maxBytes: number, version: string): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of decompressed(request, encoding, version) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      request.resume(); // the client reads its answer only when its body is taken
      throw new ClickhouseException(
        494,
        'QUERY_IS_TOO_LARGE',
        `The request's body is over ${maxBytes} bytes.`,
        version,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function decompressed(request: IncomingMessage, encoding: string, version: string): NodeJS.ReadableStream {
  if (encoding === 'identity') return request;
  if (encoding === 'gzip' || encoding === 'deflate') {
    const decoder = encoding === 'gzip' ? createGunzip() : createInflate();
    request.on('error', (error) => decoder.destroy(error));
    return request.pipe(decoder);
  }
  throw new ClickhouseException(
    48,
    'NOT_IMPLEMENTED',
    `Content-Encoding ${encoding} is not supported; use gzip.`,
    version,
  );
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  statement: Statement,
  answer: Answer,
): Promise<void> {
  const wantsGzip = statement.compressAnswer && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const body = wantsGzip ? await compressed(answer.body) : answer.body;
  response.setHeader('X-ClickHouse-Format', answer.format);
  response.setHeader('X-ClickHouse-Summary', summaryOf(answer));
  response.setHeader('Content-Type', contentTypeOf(answer.format));
  if (wantsGzip) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Content-Length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function summaryOf(answer: Answer): string {
  const figures = {
    read_rows: answer.readRows,
    read_bytes: answer.readBytes,
    written_rows: answer.writtenRows,
    written_bytes: answer.writtenBytes,
    total_rows_to_read: 0,
    result_rows: answer.writtenRows,
    result_bytes: answer.body.length,
    elapsed_ns: Math.round(answer.elapsedSeconds * 1e9),
  };
  return JSON.stringify(Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])));
}

function sendException(response: ServerResponse, error: unknown, version: string): void {
  const exception =
    error instanceof ClickhouseException
      ? error
      : new ClickhouseException(117, 'INCORRECT_DATA', `Cannot read the request: ${(error as Error).message}`, version);
  if (response.headersSent) return void response.destroy();
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.statusCode = exception.httpStatus;
  response.end(`${exception.message}\n`);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' }).end(text);
}
