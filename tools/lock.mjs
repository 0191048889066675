import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LOOK_EVERY_MS = 250;
/** A process number can be reused after a crash or a reboot: no install or build takes this long. */
const STALE_AFTER_MS = 30 * 60_000;

/** Runs `work` while no other process holds the lock file; waits for one that does, unless it is dead. */
export function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) console.log(`Another command (process ${holder}) installs or builds; waiting for it ...`);
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that holds the lock; undefined when it is gone. */
function holderOf(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    const ageMs = Date.now() - statSync(file).mtimeMs;
    if (ageMs > STALE_AFTER_MS) return undefined;
    if (pid === 0) return ageMs < 1_000 ? '?' : undefined; // just made, not written yet
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? '?' : undefined;
  }
}
