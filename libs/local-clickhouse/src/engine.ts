import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';
import { faultPoint } from '#libs/platform';
import { ClickhouseException, parseException } from './exception.js';
import { formatClauseOf } from './formats.js';
import { type NativeConnection, type NativeEngine, loadNativeEngine } from './native.js';
import { type Statement, endOfInsertKeyword, preambleOf } from './statement.js';

export interface Answer {
  body: Buffer;
  format: string;
  elapsedSeconds: number;
  readRows: number;
  readBytes: number;
  writtenRows: number;
  writtenBytes: number;
}

export interface EngineLimits {
  /** Statements that may wait behind the running one. */
  waiting: number;
  /** Bytes of all statements that wait or run. */
  heldBytes: number;
}

/**
 * The embedded engine behind a queue: one statement at a time, each on a connection of its own (0.3 ms), so that
 * settings, parameters and the current database of one request never reach the next. Queries run on a libuv thread and
 * leave the event loop free. A connection that is closed while busy aborts the process: `close` drains first.
 */
export class Engine {
  /** Keeps the data folder open between requests. */
  private keeper: NativeConnection | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private held = { statements: 0, bytes: 0 };
  private closing = false;

  private constructor(
    private readonly native: NativeEngine,
    private readonly dataFolder: string,
    private readonly limits: EngineLimits,
    readonly version: string,
    readonly timeZone: string,
  ) {}

  /** @throws EupneaError DATA_FOLDER_UNUSABLE, DISK_FULL */
  static async open(dataFolder: string, limits: EngineLimits): Promise<Engine> {
    probe(dataFolder);
    const native = loadNativeEngine();
    try {
      const keeper = native.CreateConnection(dataFolder);
      const { bytes } = await native.QueryAsyncConnection(keeper, 'SELECT version(), timezone()', 'TabSeparated');
      const [version = '', timeZone = ''] = Buffer.from(bytes).toString().trim().split('\t');
      const engine = new Engine(native, dataFolder, limits, version, timeZone);
      engine.keeper = keeper;
      return engine;
    } catch (error) {
      throw unusable(dataFolder, error as Error);
    }
  }

  /** @throws ClickhouseException as the engine reports it, or TOO_MANY_SIMULTANEOUS_QUERIES when too much waits */
  run(statement: Statement, readOnly: boolean, signal: AbortSignal): Promise<Answer> {
    const bytes = statement.query.length;
    const { held, limits } = this;
    if (this.closing || held.statements > limits.waiting || held.bytes + bytes > limits.heldBytes) {
      const why = this.closing ? 'the server is stopping' : `${held.statements} statements are waiting`;
      const refusal = `Too many simultaneous queries: ${why}.`;
      return Promise.reject(new ClickhouseException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', refusal, this.version));
    }
    held.statements += 1;
    held.bytes += bytes;
    const turn = this.tail.then(() => {
      signal.throwIfAborted(); // whoever asked has gone
      return this.runAlone(statement, readOnly);
    });
    this.tail = turn
      .catch(() => undefined)
      .finally(() => {
        held.statements -= 1;
        held.bytes -= bytes;
      });
    return turn;
  }

  private async runAlone(statement: Statement, readOnly: boolean): Promise<Answer> {
    const connection = this.native.CreateConnection(this.dataFolder);
    try {
      for (const preparation of preambleOf(statement, readOnly)) {
        await this.native.QueryAsyncConnection(connection, preparation, 'Null');
      }
      const keywordEnd = endOfInsertKeyword(statement.query);
      const answer =
        keywordEnd === undefined ? this.query(connection, statement) : this.insert(connection, statement, keywordEnd);
      faultPoint('local-clickhouse.withinStatement'); // it runs by now, on a thread of its own
      return await answer;
    } catch (error) {
      throw parseException((error as Error).message, this.version);
    } finally {
      this.native.CloseConnection(connection);
    }
  }

  private async query(connection: NativeConnection, statement: Statement): Promise<Answer> {
    const query = statement.query.toString();
    const outcome = await this.native.QueryAsyncConnection(connection, query, statement.defaultFormat);
    return {
      body: Buffer.from(outcome.bytes.buffer, outcome.bytes.byteOffset, outcome.bytes.byteLength),
      format: formatClauseOf(query) ?? statement.defaultFormat,
      elapsedSeconds: outcome.elapsed,
      readRows: outcome.rowsRead,
      readBytes: outcome.bytesRead,
      writtenRows: 0,
      writtenBytes: 0,
    };
  }

  private async insert(connection: NativeConnection, statement: Statement, keywordEnd: number): Promise<Answer> {
    const keyword = statement.query.toString('utf8', 0, keywordEnd);
    const rest = statement.query.subarray(keywordEnd);
    const outcome = await this.native
      .InsertRawAsyncConnection(connection, keyword, rest, false)
      .catch((error: Error) => {
        if (!error.message.includes('(NO_DATA_TO_INSERT)')) throw error;
        return { elapsed: 0, rowsWritten: 0, bytesWritten: 0 }; // a server takes no rows for an answer, too
      });
    return {
      body: Buffer.alloc(0),
      format: statement.defaultFormat,
      elapsedSeconds: outcome.elapsed,
      readRows: outcome.rowsWritten,
      readBytes: outcome.bytesWritten,
      writtenRows: outcome.rowsWritten,
      writtenBytes: outcome.bytesWritten,
    };
  }

  /**
   * Takes no more statements, waits for those that it has, and lets go of the data folder.
   * @returns false when they did not finish in time; the engine then stays open, and only the process's end stops it,
   * which costs no answered insert
   */
  async close(timeoutMs: number): Promise<boolean> {
    this.closing = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), timeoutMs)));
    const result = await Promise.race([this.tail, late]);
    clearTimeout(timer);
    if (result === 'late') return false;
    if (this.keeper !== undefined) this.native.CloseConnection(this.keeper);
    this.keeper = undefined;
    return true;
  }
}

function probe(dataFolder: string): void {
  try {
    mkdirSync(dataFolder, { recursive: true });
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
    const file = join(dataFolder, `.probe-${randomUUID()}`);
    writeFileSync(file, 'x');
    rmSync(file);
  } catch (error) {
    throw unusable(dataFolder, error as Error);
  }
}

function unusable(dataFolder: string, cause: Error): EupneaError {
  if (/ENOSPC|No space left on device|NOT_ENOUGH_SPACE/.test(cause.message)) {
    return new EupneaError('DISK_FULL', `no space is left for ${dataFolder}`, { cause, hint: 'Free some space.' });
  }
  return new EupneaError('DATA_FOLDER_UNUSABLE', `${dataFolder} cannot be used: ${cause.message}`, {
    cause,
    hint: 'Choose a writable folder that no other process uses (one process per folder).',
  });
}
