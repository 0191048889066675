import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';

/** In a container every run may have the same process id: a lock with ours is another broker only if we hold it. */
const heldHere = new Set<string>();

/**
 * Takes the data folder for this process alone: the file `lock` holds its process id. The lock of a process that is no
 * more is taken over.
 * @returns releases the lock
 * @throws EupneaError DATA_FOLDER_UNUSABLE
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock');
  try {
    mkdirSync(folder, { recursive: true });
    if (!take(file)) {
      const holder = Number(readFileSync(file, 'utf8'));
      if (holder === process.pid ? heldHere.has(file) : isAlive(holder)) {
        throw new EupneaError('DATA_FOLDER_UNUSABLE', `process ${holder} already serves the data folder ${folder}`, {
          hint: `Stop that broker, or give this one another folder with --data. If process ${holder} is no broker, delete ${file}.`,
        });
      }
      rmSync(file, { force: true });
      if (!take(file)) throw new Error('another process took the folder at the same moment');
    }
  } catch (error) {
    if (error instanceof EupneaError) throw error;
    throw new EupneaError('DATA_FOLDER_UNUSABLE', `the data folder ${folder}: ${(error as Error).message}`, {
      hint: 'Give a folder that this user can write to with --data.',
      cause: error,
    });
  }
  heldHere.add(file);
  return () => {
    heldHere.delete(file);
    rmSync(file, { force: true });
  };
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
