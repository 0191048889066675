import type { ErrorCode } from './errors.js';

/** A stage's result: it worked, the record is left out on purpose (and counted), or it goes to the dead letters. */
export type StageResult<T> = Ok<T> | Drop | Reject;

export interface Ok<T> {
  kind: 'ok';
  value: T;
}
export interface Drop {
  kind: 'drop';
  /** A stable, low-cardinality reason, used as a metric label. */
  reason: string;
}
export interface Reject {
  kind: 'reject';
  code: ErrorCode;
  message: string;
}

export const ok = <T>(value: T): Ok<T> => ({ kind: 'ok', value });
export const drop = (reason: string): Drop => ({ kind: 'drop', reason });
export const reject = (code: ErrorCode, message: string): Reject => ({ kind: 'reject', code, message });
