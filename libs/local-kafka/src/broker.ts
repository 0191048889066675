import { type Logger, describeError } from '#libs/platform';
import type { GroupCoordinator } from './groups/coordinator.js';
import type { ProducerIds } from './producer-ids.js';
import { type ErrorCode, KafkaError, errorCodeOf } from './protocol/error-codes.js';
import type { Reader } from './protocol/reader.js';
import type { Writer } from './protocol/writer.js';
import type { Topics } from './topics.js';

/** The only node there is. */
export const NODE_ID = 1;

/** What the requests work on. */
export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  readonly topics: Topics;
  readonly groups: GroupCoordinator;
  readonly producerIds: ProducerIds;
  /** Whether records and offsets are on the disk, and not only in the file, before their answer goes out. */
  readonly flushesEachAnswer: boolean;
  readonly logger: Logger;
}

/** Who asks. `gone` aborts when the connection closes or the broker stops. */
export interface Client {
  readonly id: string;
  readonly host: string;
  readonly gone: AbortSignal;
}

/** Answers one kind of request; undefined where the protocol has no answer (Produce with acks 0). */
export type Handler = (
  request: Reader,
  version: number,
  broker: Broker,
  client: Client,
) => Writer | undefined | Promise<Writer | undefined>;

/** The code that a refusal carries; what nobody foresaw, and failing storage, is logged. */
export function codeOf(error: unknown, broker: Broker): ErrorCode {
  if (!(error instanceof KafkaError)) broker.logger.error({ err: error }, 'an unforeseen fault');
  else if (error.cause !== undefined) {
    broker.logger.error({ code: describeError(error.cause).code, reason: error.message }, 'storage failed');
  }
  return errorCodeOf(error);
}
