import type { Response } from 'express';
import type { Listener, Wanted } from './event-hub.js';

/** What a client may leave unread before its connection is closed; a browser then reconnects and catches up. */
const MOST_BUFFERED_BYTES = 512 * 1024;
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

/** One connection of server-sent events: bounded in memory, kept open by comments. */
export class SseClient implements Listener {
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly response: Response,
    readonly wanted: Wanted,
    private readonly onSlow: () => void,
  ) {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      Connection: 'keep-alive',
      'X-Accel-Buffering': 'no', // nginx would otherwise hold events back
    });
    response.write(`retry: ${RETRY_MS}\n: investigational: true\n\n`);
    this.heartbeat = setInterval(() => this.send(': heartbeat\n\n'), HEARTBEAT_MS);
    response.once('close', () => clearInterval(this.heartbeat));
  }

  send(text: string): void {
    if (this.response.destroyed) return;
    if (this.response.writableLength > MOST_BUFFERED_BYTES) {
      this.onSlow();
      this.response.destroy();
      return;
    }
    this.response.write(text);
  }
}
