import { type LiveStatus, describeStatus } from './live-status.js';
import type { Screen } from './screen.js';

const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 5_000;

/** Asks for the status again and again and shows it as the screen's live line. */
export class LiveView {
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  /** The newest status that arrived. */
  last: LiveStatus | undefined;

  constructor(
    private readonly screen: Screen,
    private readonly ask: () => Promise<LiveStatus | undefined>,
  ) {}

  async start(): Promise<void> {
    const status = await this.ask();
    if (this.ended) return;
    this.last = status ?? this.last;
    this.screen.update(describeStatus(status));
    this.timer = setTimeout(() => void this.start(), this.screen.isTerminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS);
  }

  stop(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.screen.finish();
  }
}
