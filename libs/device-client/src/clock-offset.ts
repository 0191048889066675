const KEPT = 8;

/** How far the gateway's clock is ahead of ours, from answered questions (Cristian's algorithm): the quickest answer of the last few tells best. */
export class ClockOffset {
  private readonly answers: { roundTripMs: number; offsetMs: number }[] = [];

  add(askedAtMs: number, answeredAtMs: number, serverTimeMs: number): void {
    const offsetMs = serverTimeMs - (askedAtMs + answeredAtMs) / 2;
    this.answers.push({ roundTripMs: answeredAtMs - askedAtMs, offsetMs });
    if (this.answers.length > KEPT) this.answers.shift();
  }

  /** Undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.answers.reduce<{ roundTripMs: number; offsetMs: number } | undefined>(
      (best, answer) => (best === undefined || answer.roundTripMs < best.roundTripMs ? answer : best),
      undefined,
    )?.offsetMs;
  }
}
