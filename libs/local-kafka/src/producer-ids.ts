import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const BLOCK = 1_000;

/** Gives every idempotent producer an id of its own, never the same again: blocks are reserved in a file first. */
export class ProducerIds {
  private next: number;
  private reservedBelow: number;

  constructor(private readonly file: string) {
    this.next = this.reservedBelow = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 1;
  }

  take(): number {
    if (this.next === this.reservedBelow) {
      writeFileSync(`${this.file}.new`, String(this.reservedBelow + BLOCK), { flush: true });
      renameSync(`${this.file}.new`, this.file);
      this.reservedBelow += BLOCK;
    }
    return this.next++;
  }
}
