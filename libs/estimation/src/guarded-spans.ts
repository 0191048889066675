interface Span {
  /** Offset of the chunk that tells how to judge the next ones. */
  after: bigint;
  through: bigint;
}

/**
 * Stretches of the log in which no reader may begin: a chunk in them was judged by the run that an earlier chunk had
 * opened, and by itself it would open a longer run, with windows that nobody saw before.
 */
export class GuardedSpans {
  private spans: Span[] = [];

  /** No reader may begin behind `after` and at or before `through`. */
  add(after: bigint, through: bigint): void {
    this.spans.push({ after, through });
  }

  /** The newest offset, not above this one, at which a reader may begin. Forgets the spans before it. */
  begin(low: bigint): bigint {
    let begin = low;
    for (let moved = true; moved;) {
      const span = this.spans.find(({ after, through }) => after < begin && begin <= through);
      moved = span !== undefined;
      if (span) begin = span.after;
    }
    this.spans = this.spans.filter(({ through }) => through >= begin);
    return begin;
  }
}
