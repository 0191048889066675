import kafkajs from 'kafkajs';
import { EupneaError } from '#libs/contracts';

const { KafkaJSError } = kafkajs; // CommonJS: not among its named exports

/** What kafkajs takes for final, and is not. */
const PASSING = new Set(['KafkaJSNumberOfRetriesExceeded', 'KafkaJSGroupCoordinatorNotFound']);

/**
 * What may pass by itself: the broker or the store is away, or asks to try again. Decided by the error's type, never by
 * its text.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof EupneaError) return error.code === 'KAFKA_UNAVAILABLE' || error.code === 'STORE_UNAVAILABLE';
  if (!(error instanceof KafkaJSError)) return false;
  // A retry within a retry comes out as "not retriable", with what truly happened as its cause.
  return error.retriable || PASSING.has(error.name) || isTransient(error.cause);
}

/**
 * What a call of kafkajs threw, as something that `isTransient` knows. It throws a bare Error in one place only: a
 * request on a connection that was lost a moment ago.
 */
export function kafkaFault(error: unknown): unknown {
  return error instanceof Error && error.constructor === Error ? connectionLost(error) : error;
}

/**
 * Calls kafkajs's admin. Where the connection ends between an answer and its use, kafkajs takes null apart: a TypeError
 * there is a lost connection.
 */
export async function callAdmin<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof TypeError ? connectionLost(error) : kafkaFault(error);
  }
}

const connectionLost = (cause: Error) =>
  new EupneaError('KAFKA_UNAVAILABLE', 'the connection to the broker was lost', { cause });

const MEMBERSHIP_ERRORS = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
]);

/** The group no longer sees this member as the owner; kafkajs must hear of it, so that it joins again. */
export const isLostMembership = (error: unknown): boolean => MEMBERSHIP_ERRORS.has(protocolType(error) ?? '');

/** The broker's own name for what went wrong, also where kafkajs wrapped it. */
export function protocolType(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}
