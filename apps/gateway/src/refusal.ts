import { type ErrorCode, EupneaError, type Reject } from '#libs/contracts';

/** Says no to a client. With `retryAfterSeconds` the same is worth another try later. */
export class Refusal extends EupneaError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(code, message);
  }
}

export const refusalOf = ({ code, message }: Reject): Refusal => new Refusal(code, message);

/** HTTP status of each refusal; a stream closes with 4000 plus it. What is not listed is the client's fault: 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_REVOKED: 401,
  TOKEN_MISMATCH: 403,
  NOT_FOUND: 404,
  TIMED_OUT: 408,
  SESSION_CHANGED: 409,
  REPLACED: 409,
  TOO_LARGE: 413,
  CHUNK_TOO_LONG: 413,
  TOO_MANY_SESSIONS: 429,
  TOO_FAST: 429,
  TOO_MANY_IN_FLIGHT: 429,
  INTERNAL: 500,
  OVERLOADED: 503,
  GOING_AWAY: 503,
  KAFKA_UNAVAILABLE: 503,
};

export const statusOf = (code: ErrorCode): number => STATUS[code] ?? 400;
