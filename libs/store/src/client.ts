import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { EupneaError } from '#libs/contracts';

export interface StoreSettings {
  url: string;
  /** @default 'default' */
  user?: string;
  /** @default '' */
  password?: string;
  /** @default 'eupnea' */
  database?: string;
}

export const DEFAULT_DATABASE = 'eupnea';

/** Under the shortest keep-alive of servers (3 s before 23.11, 10 s since): a socket that the server closes hangs up. */
const IDLE_SOCKET_TTL_MS = 2_000;
const REQUEST_TIMEOUT_MS = 60_000;

export function createStoreClient(settings: StoreSettings, database: string): ClickHouseClient {
  return createClient({
    url: settings.url,
    username: settings.user ?? 'default',
    password: settings.password ?? '',
    database,
    application: 'eupnea',
    request_timeout: REQUEST_TIMEOUT_MS,
    keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_TTL_MS },
    log: { level: ClickHouseLogLevel.OFF }, // errors reach the caller, who knows what they mean
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
}

/** Every insert is one synchronous block of ours, and no block is taken for a repetition: rows are identified by keys. */
export const INSERT_SETTINGS = {
  async_insert: 0,
  insert_deduplicate: 0,
  max_partitions_per_insert_block: '0',
} as const;

/** Codes of a server that answers but cannot work now. */
const TRANSIENT_CODES = new Set([
  '3', // UNEXPECTED_END_OF_FILE: the connection broke while the request was read
  '75', // CANNOT_WRITE_TO_FILE_DESCRIPTOR: as a full disk is told where it shows late
  '159', // TIMEOUT_EXCEEDED
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '225', // NO_ZOOKEEPER
  '236', // ABORTED: the server is stopping
  '241', // MEMORY_LIMIT_EXCEEDED
  '242', // TABLE_IS_READ_ONLY
  '243', // NOT_ENOUGH_SPACE
  '252', // TOO_MANY_PARTS
  '285', // TOO_FEW_LIVE_REPLICAS
  '319', // UNKNOWN_STATUS_OF_INSERT: written again, the rows replace themselves
  '394', // QUERY_WAS_CANCELLED
  '439', // CANNOT_SCHEDULE_TASK
  '999', // KEEPER_EXCEPTION
]);

/**
 * Whether the store was away or overloaded, so that the same call may work later. Everything else (a wrong password, an
 * unknown table, a value that does not fit) does not heal by waiting.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof EupneaError) return error.code === 'STORE_UNAVAILABLE';
  if (error instanceof ClickHouseError) return TRANSIENT_CODES.has(error.code);
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && NETWORK_CODES.has(code)) || /timeout error|socket hang up/i.test(error.message);
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
