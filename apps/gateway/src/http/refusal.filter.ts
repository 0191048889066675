import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { ERROR_CODES, EupneaError } from '#libs/contracts';
import { LOGGER, type Logger } from '#libs/platform';
import type { Request, Response } from 'express';
import { gatewayMetrics } from '../metrics.js';
import { Refusal, statusOf } from '../refusal.js';

/** Answers whatever a handler throws as a problem (RFC 9457) with a stable code. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const { code, message, retryAfterSeconds } = this.refusalOf(thrown, request);
    gatewayMetrics.refused.inc({ way: 'post', code });
    if (response.headersSent) return;
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
    const problem = { type: 'about:blank', title: ERROR_CODES[code], status: statusOf(code), code, detail: message };
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private refusalOf(thrown: unknown, { method, path }: Request): Refusal {
    if (thrown instanceof Refusal) return thrown;
    if (thrown instanceof EupneaError && statusOf(thrown.code) === 401) return new Refusal(thrown.code, thrown.message);
    if (thrown instanceof HttpException && thrown.getStatus() < 500) {
      const isThere = thrown.getStatus() !== 404;
      return new Refusal(
        isThere ? 'MALFORMED_MESSAGE' : 'NOT_FOUND',
        isThere ? thrown.message : `there is no ${method} ${path}`,
      );
    }
    this.logger.error({ err: thrown, path }, 'a request failed');
    return new Refusal('INTERNAL', 'an unforeseen fault; the log of the service says more');
  }
}
