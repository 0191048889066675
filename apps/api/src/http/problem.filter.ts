import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { LOGGER, type Logger, describeError } from '#libs/platform';
import type { Request, Response } from 'express';
import { ProblemError, problemOf } from './problem.js';

const RETRY_AFTER_SECONDS = 5;

/** Turns whatever a handler throws into a problem answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = asProblemError(thrown, request);
    const problem = problemOf(error);
    if (problem.code === 'INTERNAL') this.logger.error({ err: thrown, path: request.path }, 'a request failed');
    else if (problem.status >= 500) this.logger.warn({ reason: describeError(error).message }, problem.code);
    if (response.headersSent) {
      response.end();
      return;
    }
    if (problem.status === 503) response.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}

/** Nest's own exceptions (no such route, a body or path that does not parse) become ours. */
function asProblemError(thrown: unknown, request: Request): unknown {
  if (!(thrown instanceof HttpException)) {
    // Express throws URIError for a path with a broken % escape.
    return thrown instanceof URIError ? new ProblemError('INVALID_PARAMETER', 'the path does not decode') : thrown;
  }
  if (thrown.getStatus() === 404) {
    return new ProblemError('NOT_FOUND', `there is no ${request.method} ${request.path}; /docs lists what there is`);
  }
  return thrown.getStatus() < 500 ? new ProblemError('INVALID_PARAMETER', thrown.message) : thrown;
}
