import type { WriteStream } from 'node:tty';

const CLEAR_LINE = '\r\u001b[2K';

/** Lines that stay, above one live line that is rewritten in place; without a terminal every line stays. */
export class Screen {
  private live = '';

  constructor(private readonly out: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>) {}

  get isTerminal(): boolean {
    return this.out.isTTY === true;
  }

  print(line: string): void {
    this.out.write(this.isTerminal ? `${CLEAR_LINE}${line}\n${this.live}` : `${line}\n`);
  }

  /** Shows the live line; one that is wider than the terminal is cut, since a wrapped line cannot be rewritten. */
  update(line: string): void {
    if (!this.isTerminal) {
      this.out.write(`${line}\n`);
      return;
    }
    this.live = line.slice(0, Math.max(20, (this.out.columns || 80) - 1));
    this.out.write(`${CLEAR_LINE}${this.live}`);
  }

  /** Ends the live line, so that what follows begins on a line of its own. */
  finish(): void {
    if (this.isTerminal && this.live !== '') this.out.write('\n');
    this.live = '';
  }
}
