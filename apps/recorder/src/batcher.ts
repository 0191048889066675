export interface BatcherOptions {
  /** A batch is written when it has this many rows, ... */
  maxRows: number;
  /** ... or when its first rows have waited so long. */
  maxDelayMs: number;
}

interface Pending<Row> {
  rows: Row[];
  written: Promise<void>;
  close(): void;
}

/**
 * Joins what several partitions bring into one insert, since ClickHouse likes few large ones. Every `add` resolves when
 * its rows are written, and rejects as the insert does: nothing is dropped, the caller keeps its offsets where they are.
 * One batch is written at a time, while the next one fills.
 */
export class Batcher<Row> {
  private pending: Pending<Row> | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private draining = false;

  constructor(
    private readonly write: (rows: Row[]) => Promise<void>,
    private readonly options: BatcherOptions,
  ) {}

  add(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return Promise.resolve();
    this.pending ??= this.open();
    const { pending } = this;
    pending.rows.push(...rows);
    if (this.draining || pending.rows.length >= this.options.maxRows) pending.close();
    return pending.written;
  }

  /** From now on nothing waits for company. */
  drain(): void {
    this.draining = true;
    this.pending?.close();
  }

  private open(): Pending<Row> {
    const rows: Row[] = [];
    let close = (): void => undefined;
    const closed = new Promise<void>((resolve) => (close = resolve));
    const timer = setTimeout(close, this.options.maxDelayMs);
    const written = Promise.all([closed, this.tail]).then(() => {
      clearTimeout(timer);
      if (this.pending?.rows === rows) this.pending = undefined;
      return this.write(rows);
    });
    this.tail = written.catch(() => undefined);
    return { rows, written, close };
  }
}
