import { ERROR_CODES, type ErrorCode, EupneaError } from '#libs/contracts';

/** One parameter that cannot be used, and why. */
export interface ParameterFault {
  parameter: string;
  message: string;
}

/** What every error answer holds (RFC 9457), with a stable code. Never a stack trace. */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  faults?: ParameterFault[];
  investigational: true;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_PARAMETER: 400,
  NOT_FOUND: 404,
  SUBJECT_NOT_FOUND: 404,
  ALERT_NOT_FOUND: 404,
  STORE_UNAVAILABLE: 503,
  KAFKA_UNAVAILABLE: 503,
  TOO_MANY_STREAMS: 503,
};

/** An error that the client may read. */
export class ProblemError extends EupneaError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly faults?: ParameterFault[],
  ) {
    super(code, message);
  }
}

/** The answer to an error; what is not meant for clients becomes INTERNAL without its message. */
export function problemOf(error: unknown): Problem {
  const status = error instanceof EupneaError ? STATUS[error.code] : undefined;
  if (!(error instanceof EupneaError) || status === undefined) {
    return build('INTERNAL', 500, 'an unforeseen fault; the log of the service says more');
  }
  const problem = build(error.code, status, error.message);
  return error instanceof ProblemError && error.faults ? { ...problem, faults: error.faults } : problem;
}

function build(code: ErrorCode, status: number, detail: string): Problem {
  return { type: 'about:blank', title: ERROR_CODES[code], status, code, detail, investigational: true };
}
