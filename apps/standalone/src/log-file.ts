import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const LONGEST_BYTES = 20 * 1024 * 1024;

/** A log that cannot fill the disk: `NAME.log`, and one older `NAME.log.1`. Each run begins a new file. */
export class LogFile {
  private readonly path: string;
  private descriptor: number | undefined;
  private bytes = 0;

  constructor(
    folder: string,
    name: string,
    private readonly longestBytes = LONGEST_BYTES,
  ) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `${name}.log`);
    this.open();
  }

  write(line: string): void {
    if (this.descriptor === undefined) return;
    try {
      if (this.bytes > this.longestBytes) this.rotate();
      this.bytes += writeSync(this.descriptor, `${line}\n`);
    } catch {
      // A full disk must not take the supervisor down; the line is lost, the terminal still shows warnings.
    }
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  /** Opens the new file before it gives up the old one, which goes on when that fails. */
  private rotate(): void {
    const old = this.descriptor;
    this.open();
    if (old !== undefined) closeSync(old);
  }

  private open(): void {
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.descriptor = openSync(this.path, 'w');
    this.bytes = 0;
  }
}
