import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from './durable-file.js';

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
      replaceFile(this.file, String(this.reservedBelow + BLOCK));
      this.reservedBelow += BLOCK;
    }
    return this.next++;
  }
}
