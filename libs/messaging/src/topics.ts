import kafkajs, { type Admin, type Kafka, Partitioners } from 'kafkajs';
import { DEFAULT_PARTITIONS, EupneaError, TOPIC_SETTINGS } from '#libs/contracts';

/**
 * Creates the topics that are missing and checks those that exist.
 * @returns the number of partitions that all of them have
 * @throws EupneaError TOPIC_MISMATCH when partition counts differ or a topic is not stamped on append
 */
export async function ensureTopics(kafka: Kafka, topics: string[], partitions = DEFAULT_PARTITIONS): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await createMissing(admin, topics, partitions);
    return await checkExisting(admin, topics);
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
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: count,
      replicationFactor: -1,
      configEntries: Object.entries(TOPIC_SETTINGS[topic] ?? {}).map(([name, value]) => ({ name, value })),
    })),
  });
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
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['message.timestamp.type'],
    })),
  });
  for (const { resourceName, configEntries } of resources) {
    const stamp = configEntries.find(({ configName }) => configName === 'message.timestamp.type')?.configValue;
    if (stamp !== 'LogAppendTime') {
      throw new EupneaError(
        'TOPIC_MISMATCH',
        `${resourceName} has message.timestamp.type=${stamp} and needs LogAppendTime`,
        {
          hint: `kafka-configs.sh --alter --topic ${resourceName} --add-config message.timestamp.type=LogAppendTime`,
        },
      );
    }
  }
  return first;
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
