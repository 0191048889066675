import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlertControl } from '#libs/alert-control';
import { LogProducer, createKafka } from '#libs/messaging';
import { createLogger } from '#libs/platform';
import type { Kafka } from 'kafkajs';
import { AlertReceiver } from '../../support/alert-receiver.js';
import type { Stack } from '../../support/stack.js';
import { type NotificationVerdict, verifyNotifications } from '../oracle/notifications.js';

const NAME = 'ward';
const SECRET = 'the secret of a receiver in campaigns';
/** Some are silenced from the beginning. */
const SILENCED = 'person-1*';
/** So that at any time something is under way that a crash could lose. */
const TURNS_AWAY_EVERY = 3;
const LONG_MS = 50 * 365 * 86_400_000;

/** A webhook receiver that no kill reaches, and what it was told. */
export class ToldReceiver {
  private constructor(private readonly server: AlertReceiver) {}

  /** Listens, and lets the stack's notifier know of it. */
  static async start(stack: Stack): Promise<ToldReceiver> {
    const server = await AlertReceiver.start();
    server.turnsAwayEvery = TURNS_AWAY_EVERY;
    const file = join(stack.home, 'receivers.yaml');
    writeFileSync(
      file,
      `
receivers:
  - name: ${NAME}
    kind: webhook
    url: http://127.0.0.1:${server.port}/${NAME}
    allowAddresses: [127.0.0.1]
    secret: { env: WARD_SECRET }
    retry: { tries: 50, first: 1s, longest: 2s }
routes:
  - receivers: [${NAME}]
`,
    );
    stack.set('NOTIFIER_CONFIG', file);
    stack.set('WARD_SECRET', SECRET);
    return new ToldReceiver(server);
  }

  /** Nobody is to be told of some people, whatever happens to them. */
  async silenceSome(brokers: string): Promise<void> {
    const kafka = createKafka([brokers], 'eupnea-campaign', createLogger('campaign', 'silent'));
    const control = new AlertControl(kafka, 'campaign');
    const producer = new LogProducer(kafka);
    try {
      await control.start();
      const all = { rules: [], severities: [], labels: {} };
      const who = { author: 'campaign', reason: 'as planned' };
      const nowMs = Date.now();
      const when = { startsAt: 0, endsAt: nowMs + LONG_MS };
      await control.silence(producer, { ...all, ...who, ...when, subjects: [SILENCED] }, nowMs);
    } finally {
      await Promise.all([control.stop(), producer.disconnect()]);
    }
  }

  verify(kafka: Kafka): Promise<NotificationVerdict> {
    const isSilenced = ({ subjectId }: { subjectId: string }) => subjectId.startsWith(SILENCED.slice(0, -1));
    return verifyNotifications(kafka, { name: NAME, secret: SECRET, isSilenced }, this.server.heard);
  }

  close(): Promise<void> {
    return this.server.close();
  }
}
