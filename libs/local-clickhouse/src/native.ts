import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A connection to the engine: its own settings, parameters and current database; all of one process share the data. */
export type NativeConnection = unknown & { readonly nativeConnection: unique symbol };

interface QueryOutcome {
  bytes: Uint8Array;
  /** Seconds. */
  elapsed: number;
  rowsRead: number;
  bytesRead: number;
}

interface InsertOutcome {
  elapsed: number;
  rowsWritten: number;
  bytesWritten: number;
}

/** The part of chDB's addon that we use. Its asynchronous calls run on libuv's threads and block no event loop. */
export interface NativeEngine {
  CreateConnection(dataFolder: string): NativeConnection;
  CloseConnection(connection: NativeConnection): void;
  QueryAsyncConnection(connection: NativeConnection, query: string, format: string): Promise<QueryOutcome>;
  /** Runs prefix + data as one statement; the data stay bytes, so binary formats work. */
  InsertRawAsyncConnection(
    connection: NativeConnection,
    prefix: string,
    data: Buffer,
    countLines: boolean,
  ): Promise<InsertOutcome>;
}

/**
 * Loads the addon by chDB's own loader. We go beneath chDB's JavaScript API because that takes no bytes for a whole
 * INSERT statement and formats parameter values a second time, which the HTTP interface already has as text.
 */
export function loadNativeEngine(): NativeEngine {
  const require = createRequire(import.meta.url);
  const loader = join(dirname(require.resolve('chdb/package.json')), 'dist', 'loader.js');
  return (require(loader) as { loadNative(): NativeEngine }).loadNative();
}
