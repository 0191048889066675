/** Intervals as pairs of epoch milliseconds. */
export type Interval = readonly [startMs: number, endMs: number];

/**
 * Length of a union of intervals behind a left edge that only moves forward. Intervals mostly arrive in order, which
 * costs O(1) amortised; one that does not walks back over the segments that it passes.
 */
export class SpanUnion {
  /** Disjoint segments in ascending order, from `head` on. */
  private starts: number[] = [];
  private ends: number[] = [];
  private head = 0;
  private leftMs = -Infinity;
  private covered = 0;

  get coveredMs(): number {
    return this.covered;
  }

  add(startMs: number, endMs: number): void {
    const start = Math.max(startMs, this.leftMs);
    if (endMs <= start) return;
    const last = this.ends.length - 1;
    if (last < this.head || start > (this.ends[last] as number)) {
      this.starts.push(start);
      this.ends.push(endMs);
      this.covered += endMs - start;
    } else if (start >= (this.starts[last] as number)) {
      const grown = endMs - (this.ends[last] as number);
      if (grown <= 0) return;
      this.ends[last] = endMs;
      this.covered += grown;
    } else this.merge(start, endMs);
  }

  /** Forgets everything before a time; the left edge never moves back. */
  trim(leftMs: number): void {
    if (leftMs <= this.leftMs) return;
    this.leftMs = leftMs;
    while (this.head < this.ends.length && (this.starts[this.head] as number) < leftMs) {
      const start = this.starts[this.head] as number;
      const end = this.ends[this.head] as number;
      this.covered -= Math.min(end, leftMs) - start;
      if (end > leftMs) {
        this.starts[this.head] = leftMs;
        break;
      }
      this.head += 1;
    }
    if (this.head > 16 && this.head * 2 > this.ends.length) this.compact();
  }

  clear(): void {
    this.starts = [];
    this.ends = [];
    this.head = 0;
    this.covered = 0;
  }

  intervals(): Interval[] {
    this.compact();
    return this.starts.map((start, index) => [start, this.ends[index] as number]);
  }

  private compact(): void {
    this.starts = this.starts.slice(this.head);
    this.ends = this.ends.slice(this.head);
    this.head = 0;
  }

  /** An interval that begins before the last segment does. */
  private merge(start: number, end: number): void {
    this.compact();
    let to = this.ends.length;
    while (to > 0 && (this.starts[to - 1] as number) > end) to -= 1;
    let from = to;
    let [low, high, removed] = [start, end, 0];
    while (from > 0 && (this.ends[from - 1] as number) >= start) {
      from -= 1;
      low = Math.min(low, this.starts[from] as number);
      high = Math.max(high, this.ends[from] as number);
      removed += (this.ends[from] as number) - (this.starts[from] as number);
    }
    this.starts.splice(from, to - from, low);
    this.ends.splice(from, to - from, high);
    this.covered += high - low - removed;
  }
}
