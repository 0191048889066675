import { type Broker, type Handler, codeOf } from '../broker.js';
import type { OffsetCommit } from '../groups/committed-offsets.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

export const offsetCommit: Handler = (request, version, broker) => {
  const groupId = request.string();
  const generation = request.int32();
  const memberId = request.string();
  if (version < 5) request.int64(); // retention: offsets are kept until their group or topic is deleted
  const topics = request.array(() => {
    const name = request.string();
    const partitions = request.array(() => ({
      topic: name,
      partition: request.int32(),
      offset: request.int64(),
      metadata: request.nullableString(),
    }));
    return { name, partitions };
  });
  const outcome = commit(
    broker,
    groupId,
    memberId,
    generation,
    topics.flatMap(({ partitions }) => partitions),
  );
  const answer = new Writer();
  if (version >= 3) answer.int32(0);
  return answer.array(topics, ({ name, partitions }) => {
    answer.string(name).array(partitions, (asked) => {
      answer.int32(asked.partition).int16(outcome.get(asked) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    });
  });
};

function commit(
  broker: Broker,
  groupId: string,
  memberId: string,
  generation: number,
  commits: readonly OffsetCommit[],
): Map<OffsetCommit, ErrorCode> {
  const existing = commits.filter(
    ({ topic, partition }) => broker.topics.find(topic)?.partitions[partition] !== undefined,
  );
  try {
    const codes = broker.groups.commit(groupId, memberId, generation, existing);
    return new Map(existing.map((one, at) => [one, codes[at] as ErrorCode]));
  } catch (error) {
    const code = codeOf(error, broker);
    return new Map(existing.map((one) => [one, code]));
  }
}

export const offsetFetch: Handler = (request, version, broker) => {
  const groupId = request.string();
  const asked = request.nullableArray(() => ({
    name: request.string(),
    partitions: request.array(() => request.int32()),
  }));
  const answer = new Writer();
  if (version >= 3) answer.int32(0);
  answer.array(asked ?? allCommitted(broker, groupId), ({ name, partitions }) => {
    answer.string(name).array(partitions, (partition) => {
      const committed = broker.groups.offsets.find(groupId, name, partition);
      answer
        .int32(partition)
        .int64(committed?.offset ?? -1)
        .string(committed?.metadata ?? '');
      answer.int16(ErrorCode.NONE);
    });
  });
  return version >= 2 ? answer.int16(ErrorCode.NONE) : answer;
};

function allCommitted(broker: Broker, groupId: string): { name: string; partitions: number[] }[] {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of broker.groups.offsets.all(groupId)) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }));
}
