import kafkajs, { type Admin, type Kafka, Partitioners } from 'kafkajs';
import { DEFAULT_PARTITIONS, EupneaError, TOPIC_SETTINGS, deadLetterTopic } from '#libs/contracts';
import { callAdmin } from './faults.js';
import type { TopicPartition } from './partition.js';

/**
 * Creates the topics that are missing and checks those that exist.
 * @returns the number of partitions that all of them have
 * @throws EupneaError TOPIC_MISMATCH when partition counts differ, a topic is not stamped on append, or dead letters
 * outlive what they came from (they may hold speech); KAFKA_UNAVAILABLE when the broker goes during it
 */
export async function ensureTopics(kafka: Kafka, topics: string[], partitions = DEFAULT_PARTITIONS): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await callAdmin(async () => {
      await createMissing(admin, topics, partitions);
      return await checkExisting(admin, topics);
    });
  } finally {
    await admin.disconnect();
  }
}

async function createMissing(admin: Admin, topics: string[], partitions: number): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length === 0) return;
  // What another topic of the path already has decides, so that a cluster prepared with other counts stays consistent.
  const sibling = Object.keys(TOPIC_SETTINGS).find((topic) => existing.has(topic));
  const count = sibling ? await partitionCount(admin, sibling) : partitions;
  const retentions = await configsOf(
    admin,
    topics.filter((topic) => existing.has(topic)),
    'retention.ms',
  );
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: count,
      replicationFactor: -1,
      configEntries: Object.entries(settingsOf(topic, retentions)).map(([name, value]) => ({ name, value })),
    })),
  });
}

/** Dead letters take over the retention that an operator gave their topic. */
function settingsOf(topic: string, retentions: ReadonlyMap<string, string>): Record<string, string> {
  const original = [...retentions.keys()].find((existing) => deadLetterTopic(existing) === topic);
  const retention = original === undefined ? undefined : retentions.get(original);
  return {
    'message.timestamp.type': 'LogAppendTime',
    ...TOPIC_SETTINGS[topic],
    ...(retention === undefined ? {} : { 'retention.ms': retention }),
  };
}

/** One setting of each of these topics. */
async function configsOf(admin: Admin, topics: string[], configName: string): Promise<Map<string, string>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: [configName] })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries.find((entry) => entry.configName === configName)?.configValue ?? '',
    ]),
  );
}

async function partitionCount(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
}

async function checkExisting(admin: Admin, topics: string[]): Promise<number> {
  const counts = await Promise.all(topics.map((topic) => partitionCount(admin, topic)));
  const [first = 0] = counts;
  const odd = topics.find((_, index) => counts[index] !== first);
  if (odd !== undefined) {
    throw new EupneaError(
      'TOPIC_MISMATCH',
      `${topics[0]} has ${first} partitions and ${odd} has ${counts[topics.indexOf(odd)]}; all topics of the path need the same number`,
      { hint: 'Delete and recreate the odd one, or add partitions while nothing runs.' },
    );
  }
  for (const [topic, stamp] of await configsOf(admin, topics, 'message.timestamp.type')) {
    if (stamp === 'LogAppendTime') continue;
    throw new EupneaError('TOPIC_MISMATCH', `${topic} has message.timestamp.type=${stamp} and needs LogAppendTime`, {
      hint: alter(topic, 'message.timestamp.type=LogAppendTime'),
    });
  }
  checkExpiry(await configsOf(admin, topics, 'retention.ms'));
  return first;
}

const alter = (topic: string, setting: string) =>
  `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;

/** -1 is for ever. */
const kept = (retentionMs: string | undefined): number => (retentionMs === '-1' ? Infinity : Number(retentionMs));

function checkExpiry(retentions: ReadonlyMap<string, string>): void {
  for (const [topic, retention] of retentions) {
    const dead = deadLetterTopic(topic);
    if (!(kept(retentions.get(dead)) > kept(retention))) continue;
    throw new EupneaError(
      'TOPIC_MISMATCH',
      `${dead} has retention.ms=${retentions.get(dead)}, and ${topic}, whose records it holds, ${retention}`,
      { hint: alter(dead, `retention.ms=${retention}`) },
    );
  }
}

/** Offset of the oldest record of a partition, and the offset behind its newest: the same where it holds none. */
export async function boundsOf(
  kafka: Kafka,
  { topic, partition }: TopicPartition,
): Promise<{ start: bigint; end: bigint }> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await callAdmin(() => admin.fetchTopicOffsets(topic));
    const { low, high } = offsets.find((candidate) => candidate.partition === partition) ?? { low: '0', high: '0' };
    return { start: BigInt(low), end: BigInt(high) };
  } finally {
    await admin.disconnect();
  }
}

const murmur2 = Partitioners.DefaultPartitioner();

/** Where Kafka's default (murmur2) partitioner sends a key, in topics of so many partitions. */
export function partitionerFor(partitions: number): (key: Buffer) => number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [],
    isr: [],
  }));
  return (key) => murmur2({ topic: '', partitionMetadata, message: { key, value: null } });
}
