import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LogFile } from './log-file.js';

const TAIL_LINES = 12;
const REPEAT_AFTER_MS = 30_000;
const WARN = 40;
const FATAL = 60;

interface LogLine {
  level: number;
  msg?: string;
  code?: string;
  hint?: string;
  reason?: string;
}

/** What a program prints: everything into its log file, warnings and errors also to the terminal. */
export class ChildOutput {
  private readonly lines: string[] = [];
  private readonly file: LogFile;
  private readonly shownAt = new Map<string, number>();
  private fault: string | undefined;

  constructor(
    private readonly name: string,
    folder: string,
    private readonly show: (line: string) => void,
  ) {
    this.file = new LogFile(folder, name);
  }

  follow(child: ChildProcess): void {
    this.fault = undefined;
    this.lines.length = 0;
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.take(line, false));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.take(line, true));
  }

  /** The last lines in readable form. */
  tail(): string[] {
    return [...this.lines];
  }

  /** What the program gave as the reason of its end: its fatal log line, or what it wrote to stderr. */
  lastFault(): string | undefined {
    return this.fault;
  }

  close(): void {
    this.file.close();
  }

  private take(line: string, isError: boolean): void {
    this.file.write(line);
    const log = parseLogLine(line);
    const readable = log ? describe(log) : line;
    this.lines.push(readable);
    if (this.lines.length > TAIL_LINES) this.lines.shift();

    if (log ? log.level >= FATAL : isError) {
      // The message of a refused start stands alone; `refused` shows it, so it is not shown twice.
      this.fault = log || this.fault === undefined ? readable : `${this.fault}\n${line}`;
    }
    if (log ? log.level >= WARN && log.level < FATAL : isError) this.showOnce(readable);
  }

  private showOnce(readable: string): void {
    const now = Date.now();
    if (now - (this.shownAt.get(readable) ?? -Infinity) < REPEAT_AFTER_MS) return;
    if (this.shownAt.size > 200) this.shownAt.clear();
    this.shownAt.set(readable, now);
    this.show(`${this.name}: ${readable}`);
  }
}

function parseLogLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Partial<LogLine>;
    return typeof value.level === 'number' ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

function describe({ level, code, msg, reason, hint }: LogLine): string {
  const name = level >= FATAL ? 'FATAL ' : level >= 50 ? 'ERROR ' : level >= WARN ? 'WARN ' : '';
  return `${name}${code ? `${code}: ` : ''}${msg ?? ''}${reason ? ` (${reason})` : ''}${hint ? `\n  ${hint}` : ''}`;
}
