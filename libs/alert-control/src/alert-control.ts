import { randomUUID } from 'node:crypto';
import { type AlertAcknowledgement, type AlertSilence, EupneaError, TOPICS } from '#libs/contracts';
import { type AlertMatcher, Muting } from '#libs/delivery';
import type { LogProducer } from '#libs/messaging';
import type { Kafka } from 'kafkajs';
import { ControlTopic } from './control-topic.js';

type Producer = Pick<LogProducer, 'append'>;

export interface SilenceRequest extends AlertMatcher {
  author: string;
  reason: string;
  /** Epoch milliseconds. */
  startsAt: number;
  endsAt: number;
}

/** Silences and acknowledgements: this process's view of their control topics, and how they are written. */
export class AlertControl {
  readonly muting = new Muting();
  private readonly silences: ControlTopic<'AlertSilence'>;
  private readonly acknowledgements: ControlTopic<'AlertAcknowledgement'>;

  /** @param reader part of the names of its consumer groups */
  constructor(kafka: Kafka, reader: string) {
    const { muting } = this;
    this.silences = new ControlTopic({
      kafka,
      topic: TOPICS.silences,
      record: 'AlertSilence',
      reader: `${reader}-silences`,
      keyOf: ({ silenceId }) => silenceId,
      apply: (silence) => muting.applySilence(silence),
      newest: (silenceId) => muting.silences.get(silenceId),
    });
    this.acknowledgements = new ControlTopic({
      kafka,
      topic: TOPICS.acknowledgements,
      record: 'AlertAcknowledgement',
      reader: `${reader}-acknowledgements`,
      keyOf: ({ alertId }) => alertId,
      apply: (acknowledgement) => muting.applyAcknowledgement(acknowledgement),
      newest: (alertId) => muting.acknowledgements.get(alertId),
    });
  }

  /** Resolves when everything that the topics held was read. @throws a transient fault while the broker is away */
  async start(): Promise<void> {
    await Promise.all([this.silences.start(), this.acknowledgements.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.silences.stop(), this.acknowledgements.stop()]);
  }

  /** @throws EupneaError SILENCE_INVALID */
  async silence(producer: Producer, request: SilenceRequest, nowMs: number): Promise<AlertSilence> {
    const { subjects, rules, severities, labels, author, reason, startsAt, endsAt } = request;
    if ([...subjects, ...rules, ...severities, ...Object.keys(labels)].length === 0) {
      throw new EupneaError('SILENCE_INVALID', 'a silence of everything must be meant', {
        hint: "Name a subject, rule, severity or label; --rule '*' is all of them.",
      });
    }
    if (endsAt <= Math.max(startsAt, nowMs)) {
      throw new EupneaError('SILENCE_INVALID', 'the silence would be over before it begins');
    }
    const silence: AlertSilence = {
      silenceId: randomUUID(),
      version: 1,
      subjects: [...subjects],
      rules: [...rules],
      severities: [...severities],
      labels: { ...labels },
      author,
      reason,
      startsAt,
      endsAt,
      createdAt: nowMs,
      changedAt: nowMs,
    };
    await this.silences.put(producer, silence);
    return silence;
  }

  /** Ends a silence now; what it covered stays covered. @throws EupneaError NOT_FOUND, SILENCE_INVALID, CONTROL_CONFLICT */
  async unsilence(producer: Producer, silenceId: string, author: string, nowMs: number): Promise<AlertSilence> {
    const silence = this.muting.silences.get(silenceId);
    if (silence === undefined) {
      throw new EupneaError('NOT_FOUND', `there is no silence ${silenceId}`, {
        hint: 'npm run alerts -- silences lists them.',
      });
    }
    if (silence.endsAt <= nowMs) {
      throw new EupneaError('SILENCE_INVALID', `it ended at ${new Date(silence.endsAt).toISOString()} already`);
    }
    const ended = { ...silence, version: silence.version + 1, author, endsAt: nowMs, changedAt: nowMs };
    await this.silences.put(producer, ended);
    return ended;
  }

  /** Says that somebody takes care of an alert; said again, it changes who and the note, and not since when. @throws EupneaError CONTROL_CONFLICT */
  async acknowledge(
    producer: Producer,
    request: Pick<AlertAcknowledgement, 'alertId' | 'author' | 'note'>,
    nowMs: number,
  ): Promise<AlertAcknowledgement> {
    const known = this.muting.acknowledgements.get(request.alertId);
    const acknowledgement = { ...request, version: (known?.version ?? 0) + 1, at: known?.at ?? nowMs };
    await this.acknowledgements.put(producer, acknowledgement);
    return acknowledgement;
  }
}
