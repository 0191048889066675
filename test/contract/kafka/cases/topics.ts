import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { type Context, uniqueName, until } from '../context.js';
import { fetchBatches } from '../raw-requests.js';

const { ConfigResourceTypes } = kafkajs;
const TOPIC = ConfigResourceTypes.TOPIC;

/** The forms in which kafkajs says what a broker refused. */
interface Refusal {
  errors?: { type: string }[];
  partitions?: { error: { type: string } }[];
  type?: string;
  cause?: Refusal;
}

function codeIn({ errors, partitions, type, cause }: Refusal): string | undefined {
  return errors?.[0]?.type ?? partitions?.[0]?.error.type ?? type ?? (cause && codeIn(cause));
}

/** The first error type in what kafkajs throws for a request about several topics. */
async function refusalOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    return codeIn(error as Refusal) ?? String(error);
  }
  return 'accepted';
}

export function topicCases(context: () => Context): void {
  const create = (topic: object) => context().admin.createTopics({ topics: [topic as never], waitForLeaders: false });
  const describeConfig = async (topic: string, name: string) => {
    const resources = [{ type: TOPIC, name: topic, configNames: [name] }];
    const answer = await context().admin.describeConfigs({ resources, includeSynonyms: false });
    return answer.resources[0]?.configEntries.map(({ configName, configValue }) => `${configName}=${configValue}`);
  };

  test('a created topic is in the metadata with its partitions, each led and in sync', async () => {
    const topic = await context().topic({ partitions: 3 });
    const { topics } = await context().admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics[0]?.partitions ?? [];
    expect(partitions.map(({ partitionId }) => partitionId).sort()).toEqual([0, 1, 2]);
    for (const { leader, isr, replicas } of partitions) expect([isr, replicas]).toEqual([[leader], [leader]]);
    expect(await context().admin.listTopics()).toContain(topic);
  });

  test('a topic is created once', async () => {
    const topic = await context().topic();
    expect(await context().admin.createTopics({ topics: [{ topic }] })).toBe(false);
  });

  test.each([
    ['a bad name', { topic: 'no/slashes' }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partitions', { topic: uniqueName('t'), numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['more replicas than brokers', { topic: uniqueName('t'), replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
    [
      'an unknown setting',
      { topic: uniqueName('t'), configEntries: [{ name: 'no.such', value: '1' }] },
      'INVALID_CONFIG',
    ],
    [
      'an unusable value',
      { topic: uniqueName('t'), configEntries: [{ name: 'retention.ms', value: 'long' }] },
      'INVALID_CONFIG',
    ],
  ])('a topic with %s is refused', async (_what, topic, code) => {
    expect(await refusalOf(create(topic))).toBe(code);
  });

  test('validateOnly creates nothing', async () => {
    const topic = uniqueName('topic');
    await context().admin.createTopics({ topics: [{ topic }], validateOnly: true, waitForLeaders: false });
    expect(await context().admin.listTopics()).not.toContain(topic);
  });

  test('a deleted topic is gone; deleting an unknown one is refused', async () => {
    const topic = await context().topic();
    await context().admin.deleteTopics({ topics: [topic] });
    expect(await context().admin.listTopics()).not.toContain(topic);
    const unknown = context().admin.deleteTopics({ topics: [uniqueName('absent')] });
    expect(await refusalOf(unknown)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test('a topic made again under a deleted name begins at offset 0', async () => {
    const topic = await context().topic();
    await context().send(topic, [{ value: 'old' }]);
    await context().admin.deleteTopics({ topics: [topic] });
    await context().create({ topic, numPartitions: 1 });
    expect(await context().admin.fetchTopicOffsets(topic)).toMatchObject([{ low: '0', high: '0' }]);
  });

  test('partitions are added, never taken away', async () => {
    const topic = await context().topic({ partitions: 2 });
    await context().admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await context().awaitLeaders(topic);
    const offsets = await context().admin.fetchTopicOffsets(topic);
    expect(offsets.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
    const fewer = context().admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    expect(await refusalOf(fewer)).toBe('INVALID_PARTITIONS');
  });

  test('settings given at creation are described, and altered ones replace them', async () => {
    const topic = await context().topic({ config: { 'message.timestamp.type': 'LogAppendTime' } });
    expect(await describeConfig(topic, 'message.timestamp.type')).toEqual(['message.timestamp.type=LogAppendTime']);
    const configEntries = [{ name: 'retention.ms', value: '1234567' }];
    await context().admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: TOPIC, name: topic, configEntries }],
    });
    // Apache Kafka answers before its broker has read the change.
    await until(
      async () => (await describeConfig(topic, 'retention.ms'))?.includes('retention.ms=1234567') ?? false,
      'the altered setting',
    );
    expect(await describeConfig(topic, 'message.timestamp.type')).toEqual(['message.timestamp.type=CreateTime']);
  });

  test('an unusable setting is refused and changes nothing', async () => {
    const topic = await context().topic({ config: { 'retention.ms': '5000000' } });
    const configEntries = [{ name: 'retention.ms', value: 'long' }];
    const altered = context().admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: TOPIC, name: topic, configEntries }],
    });
    expect(await refusalOf(altered)).toMatch(/INVALID_CONFIG|INVALID_REQUEST/);
    expect(await describeConfig(topic, 'retention.ms')).toEqual(['retention.ms=5000000']);
  });

  test('deleted records are before the log start, and fetching one is OFFSET_OUT_OF_RANGE', async () => {
    const topic = await context().topic();
    for (const value of ['a', 'b', 'c']) await context().send(topic, [{ value }]);
    await context().admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    expect(await context().admin.fetchTopicOffsets(topic)).toMatchObject([{ low: '2', high: '3' }]);
    expect((await fetchBatches(context().raw, { topic, offset: 1 })).errorCode).toBe(1);
    expect((await context().read(topic, 1)).map(({ value }) => String(value))).toEqual(['c']);
  });

  test('records are deleted up to the end by offset -1, and beyond the end not at all', async () => {
    const topic = await context().topic();
    await context().send(topic, [{ value: 'a' }, { value: 'b' }]);
    const beyond = context().admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '9' }] });
    expect(await refusalOf(beyond)).toBe('OFFSET_OUT_OF_RANGE');
    await context().admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] });
    expect(await context().admin.fetchTopicOffsets(topic)).toMatchObject([{ low: '2', high: '2' }]);
  });
}
