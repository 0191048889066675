import type { Admin, Kafka } from 'kafkajs';
import { decodeAlertingMarks } from '#libs/alert-rules';
import { decodeDeliveryMarks } from '#libs/delivery';
import { TOPICS } from '#libs/contracts';
import { Stack, eventually } from '../../support/stack.js';
import { type AlertingVerdict, isAlertingRight, verifyAlerting } from '../oracle/alerting.js';
import { type NotificationVerdict, areNotificationsRight } from '../oracle/notifications.js';
import { patientKafka } from '../oracle/patient-kafka.js';
import { endsOf } from '../oracle/read-topic.js';
import { EstimatesLoad } from './estimates-load.js';
import { Killer, type Tally } from './killer.js';
import { ALERTER_VICTIMS, type Victim, planOf } from './plan.js';
import { SABOTAGES, type Sabotage } from './sabotage.js';
import { ToldReceiver } from './told-receiver.js';

export interface AlerterCampaign {
  seed: number;
  kills: number;
  people: number;
  sabotage?: Sabotage;
  /** @default the alerter and what stands around it */
  victims?: readonly Victim[];
  say?: (line: string) => void;
}

export interface AlerterResult extends AlertingVerdict, NotificationVerdict, Tally {
  rulesVersion: number;
  seconds: number;
}

/** Members that were killed are missed soon; checkpoints are rare enough that people stand at different places. */
const SETTINGS = { KAFKA_SESSION_TIMEOUT_MS: '6000', ALERTER_CHECKPOINT_SECONDS: '8', LOG_LEVEL: 'warn' };
const PATIENCE_MS = 600_000;

/**
 * Kills the alerter and the notifier under a load of estimates and changing rules, and says what the store holds, and
 * what a receiver was told, in the end.
 */
export async function alerterCampaign(campaign: AlerterCampaign): Promise<AlerterResult> {
  const { seed, kills, people, sabotage, victims = ALERTER_VICTIMS, say } = campaign;
  const startedAtMs = Date.now();
  const stack = await Stack.start([], SETTINGS);
  const load = new EstimatesLoad(stack.kafkaBrokers, seed, people);
  const receiver = await ToldReceiver.start(stack);
  try {
    await receiver.silenceSome(stack.kafkaBrokers);
    if (sabotage) await SABOTAGES[sabotage](stack);
    await Promise.all([stack.run('alerter'), stack.run('recorder'), stack.run('notifier')]);
    await load.start();
    say?.('all run');
    const killer = new Killer(stack, say);
    await killer.carryOut(planOf(seed, kills, victims));
    say?.('all are killed; the rest is processed and compared');
    await load.stop();
    const kafka = patientKafka([stack.kafkaBrokers]);
    await settled(stack, kafka, load.rulesVersion);
    const verdict = { ...(await verifyAlerting(kafka, stack.clickhouseUrl)), ...(await receiver.verify(kafka)) };
    const seconds = Math.round((Date.now() - startedAtMs) / 1_000);
    return { ...verdict, ...killer.tally, rulesVersion: load.rulesVersion, seconds };
  } finally {
    await load.stop().catch(() => undefined);
    await stack.stop();
    await receiver.close();
  }
}

/** Faults, each in a sentence; none where the store is what it must be and no service ended that nobody had killed. */
export function faultsOfAlerting(result: AlerterResult): string[] {
  return [
    ...(isAlertingRight(result) ? [] : ['the store is not what it must be']),
    ...(areNotificationsRight(result) ? [] : ['the receiver was not told what it must be told']),
    ...result.publishedUnequally.map((record) => `published twice, and not alike: ${record}`),
    ...result.ownEnds.map((end) => `it ended by itself: ${end}`),
  ];
}

/** Resolves when the last rules are in force everywhere, and everything that the log holds is read, told and stored. */
async function settled(stack: Stack, kafka: Kafka, rulesVersion: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const until = (what: string, read: () => Promise<boolean>) => eventually(what, read, Boolean, PATIENCE_MS);
  try {
    const { size } = await endsOf(kafka, TOPICS.estimates);
    await until('the last rules in every partition', async () => {
      const sum = await stack.metric('alerter', 'eupnea_alerter_rules_version');
      return sum === size * rulesVersion;
    });
    await until('the alerter at the end of the log', () => isAtEnd(kafka, admin, 'eupnea-alerter', TOPICS.estimates));
    for (const topic of [TOPICS.rates, TOPICS.episodes, TOPICS.alerts]) {
      await until(`the recorder at the end of ${topic}`, () => isAtEnd(kafka, admin, 'eupnea-recorder', topic));
    }
    await until('everything told', async () => {
      const waiting = await stack.metric('notifier', 'eupnea_notifier_waiting');
      return waiting === 0 && (await isRead(kafka, admin));
    });
  } finally {
    await admin.disconnect();
  }
}

/** Whether the notifier has committed all that there is; the committed offset itself stays behind open alerts. */
async function isRead(kafka: Kafka, admin: Admin): Promise<boolean> {
  const ends = await endsOf(kafka, TOPICS.alerts);
  const [answer] = await admin.fetchOffsets({ groupId: 'eupnea-notifier', topics: [TOPICS.alerts] });
  return [...ends].every(([partition, end]) => {
    const found = answer?.partitions.find((one) => one.partition === partition);
    if (found === undefined || Number(found.offset) < 0) return end === 0n;
    const { receivers } = decodeDeliveryMarks(BigInt(found.offset), found.metadata ?? undefined);
    return [...receivers.values()].every(({ upTo }) => upTo >= end);
  });
}

/** Commits of the recorder are plain positions, which read the same. */
async function isAtEnd(kafka: Kafka, admin: Admin, groupId: string, topic: string): Promise<boolean> {
  const ends = await endsOf(kafka, topic);
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return [...ends].every(([partition, end]) => {
    const found = answer?.partitions.find((one) => one.partition === partition);
    const at = found && decodeAlertingMarks(Number(found.offset), found.metadata ?? undefined).high;
    return end === 0n || (at ?? -1) >= Number(end);
  });
}
