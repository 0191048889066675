import type { BreathAlert } from '#libs/contracts';
import type { Receiver } from '#libs/delivery';
import { attempt } from './attempt.js';
import * as metrics from './metrics.js';
import { type Outcome, type QueueOptions, ReceiverQueue } from './receiver-queue.js';

/** Tells one receiver of alerts: the changes of an alert in their order, different alerts beside each other. */
export class Teller {
  private readonly queue: ReceiverQueue;
  /** When Alertmanager was told last that an alert fires, by the alert's id. */
  private readonly reminded = new Map<string, number>();
  private readonly labels: { receiver: string };

  constructor(
    private readonly receiver: Receiver,
    options: QueueOptions,
  ) {
    this.queue = new ReceiverQueue(options);
    this.labels = { receiver: receiver.name };
    metrics.waiting.set(this.labels, 0);
  }

  /**
   * Tries until the receiver took it, refused it, or no try is left.
   * @param dueMs since when it should be told, epoch milliseconds
   */
  async tell(alert: BreathAlert, dueMs: number, signal: AbortSignal): Promise<Outcome> {
    const { tries, first, longest } = this.receiver.retry;
    if (alert.state === 'resolved') this.reminded.delete(alert.alertId);
    else if (this.receiver.kind === 'alertmanager') this.reminded.set(alert.alertId, Date.now());
    const delivery = this.queue.add({
      lane: alert.alertId,
      attempt: () => this.attempt(alert),
      retry: { tries, firstMs: first, longestMs: longest },
      signal,
    });
    metrics.waiting.set(this.labels, this.queue.size);
    const outcome = await delivery;
    metrics.waiting.set(this.labels, this.queue.size);
    if (outcome.kind === 'delivered') {
      metrics.deliveredTotal.inc(this.labels);
      metrics.latency.observe(this.labels, (Date.now() - dueMs) / 1000);
    }
    return outcome;
  }

  /** Tells Alertmanager again that an alert fires, where it is time; what fails is told with the next reminder. */
  remind(alert: BreathAlert, signal: AbortSignal): void {
    const { receiver, queue, reminded } = this;
    if (receiver.kind !== 'alertmanager' || !queue.isIdle(alert.alertId)) return;
    const nowMs = Date.now();
    if (nowMs - (reminded.get(alert.alertId) ?? 0) < receiver.resendEvery) return;
    reminded.set(alert.alertId, nowMs);
    const once = { tries: 1, firstMs: 0, longestMs: 0 };
    void queue.add({ lane: alert.alertId, attempt: () => this.attempt(alert), retry: once, signal });
  }

  /** Begins no further try, and resolves when those under way have ended. */
  close(): Promise<void> {
    return this.queue.close();
  }

  private async attempt(alert: BreathAlert) {
    const result = await attempt(this.receiver, alert);
    metrics.triesTotal.inc({ ...this.labels, result: result.kind });
    return result;
  }
}
