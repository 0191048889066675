import { EupneaError } from '#libs/contracts';
import { accessSync, constants, mkdirSync, realpathSync, statfsSync } from 'node:fs';

const LEAST_FREE_BYTES = 500 * 1024 * 1024;

/**
 * Makes the data folder of the local run, or refuses with what is wrong with it.
 * @returns its real path
 * @throws EupneaError DATA_FOLDER_UNUSABLE, DISK_FULL
 */
export function prepareHome(path: string, leastFreeBytes = LEAST_FREE_BYTES): string {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new EupneaError('DATA_FOLDER_UNUSABLE', `the data folder cannot be used: ${(error as Error).message}`, {
      hint: 'Set EUPNEA_HOME to a folder that you may write.',
      cause: error,
    });
  }
  const { bavail, bsize } = statfsSync(path);
  const freeBytes = bavail * bsize;
  if (freeBytes < leastFreeBytes) {
    throw new EupneaError(
      'DISK_FULL',
      `${megabytes(freeBytes)} MB are free where ${path} lies, and a run needs at least ${megabytes(leastFreeBytes)} MB`,
      { hint: 'Make room, or set EUPNEA_HOME to a folder on another disk.' },
    );
  }
  return realpathSync(path);
}

const megabytes = (bytes: number): number => Math.floor(bytes / 1024 / 1024);
