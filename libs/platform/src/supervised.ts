import { EupneaError, type ErrorCode } from '#libs/contracts';

/**
 * Exit status of a program that no restart can help: its configuration, its ports, its model or its topics are wrong
 * (EX_CONFIG of sysexits.h). A supervisor shows the message and stops instead of starting the program again.
 */
export const EXIT_CONFIGURATION = 78;

const NEEDS_A_PERSON: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'NODE_TOO_OLD',
  'PORT_IN_USE',
  'DATA_FOLDER_UNUSABLE',
  'TOPIC_MISMATCH',
  'MODEL_MISSING',
  'MODEL_BROKEN',
  'RECEIVERS_INVALID',
  'CHECKPOINT_UNUSABLE',
]);

/** 78 where a person must correct something first, else 1. */
export function exitStatusOf(error: unknown): number {
  return error instanceof EupneaError && NEEDS_A_PERSON.has(error.code) ? EXIT_CONFIGURATION : 1;
}

const ORPHAN_GRACE_MS = 3_000;

/**
 * Ties this process to the supervisor that started it (EUPNEA_SUPERVISED=1, with an IPC channel): when the supervisor
 * goes, even by SIGKILL, the channel closes, and this process stops as if it had been told to. Without a supervisor it
 * does nothing. The channel keeps no event loop alive.
 */
export function followSupervisor(): void {
  if (process.env['EUPNEA_SUPERVISED'] !== '1' || process.channel === undefined || process.channel === null) return;
  delete process.env['EUPNEA_SUPERVISED']; // what this process starts is its own affair
  process.channel.unref();
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined); // nobody reads any more
}
