import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts the content in the file's place: after a crash or a power failure the old one is there, or the new one, whole. */
export function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { flush: true });
  renameSync(`${file}.new`, file);
  flushFolderNow(dirname(file));
}

/** As `flushFolder`, for what happens seldom: nothing else runs meanwhile. */
export function flushFolderNow(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The names of the files in the folder are on the disk when this resolves. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined; // deleted meanwhile: nothing is left to keep
    throw error;
  });
  if (folder === undefined) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Runs `work` one at a time. Who asks while it runs is served by one more run that begins behind it, however many ask:
 * one flush serves all that was written before it began.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    if (next !== undefined) return next;
    next = running.then(() => {
      next = undefined;
      return work();
    });
    running = next.catch(() => undefined);
    return next;
  };
}
