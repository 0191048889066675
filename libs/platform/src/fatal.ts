import { EupneaError } from '#libs/contracts';
import type { Logger } from './logger.js';
import { exitStatusOf } from './supervised.js';

const SYSTEM_CODES: Record<string, EupneaError['code']> = { ENOSPC: 'DISK_FULL', EADDRINUSE: 'PORT_IN_USE' };

/** The one-line form that people read: code, what was wrong, what to do. */
export function describeError(error: unknown): { code: string; message: string; hint?: string } {
  if (error instanceof EupneaError) {
    return { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: SYSTEM_CODES[code ?? ''] ?? code ?? 'UNEXPECTED', message: message ?? String(error) };
}

/** An unknown fault ends the process; the supervisor restarts it and the log replays. What a person must correct exits with 78. */
export function exitOnFatal(logger: Logger): void {
  const die = (error: unknown) => {
    const expected = error instanceof EupneaError;
    logger.fatal(
      expected ? describeError(error) : { ...describeError(error), err: error },
      describeError(error).message,
    );
    logger.flush?.();
    process.exit(exitStatusOf(error));
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}
