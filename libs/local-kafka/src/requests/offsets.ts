import { type Broker, type Handler, codeOf } from '../broker.js';
import type { OffsetCommit } from '../groups/committed-offsets.js';
import type { Identity } from '../groups/member.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

const NO_RETENTION = -1;

export const offsetCommit: Handler = async (request, version, broker) => {
  const groupId = request.string();
  const generation = request.int32();
  const memberId = request.string();
  const instanceId = version >= 7 ? request.nullableString() : null;
  const retentionMs = version < 5 ? request.int64() : NO_RETENTION;
  const expiry = retentionMs === NO_RETENTION ? {} : { expiresAtMs: Date.now() + retentionMs };
  const topics = request.array(() => {
    const name = request.string();
    const partitions = request.array(() => {
      const partition = request.int32();
      const offset = request.int64();
      if (version >= 6) request.int32(); // leader epoch
      return { topic: name, partition, offset, metadata: request.nullableString(), ...expiry };
    });
    return { name, partitions };
  });
  const asked = topics.flatMap(({ partitions }) => partitions);
  const outcome = await commit(broker, groupId, { generation, memberId, instanceId }, asked);
  const answer = new Writer();
  if (version >= 3) answer.int32(0);
  return answer.array(topics, ({ name, partitions }) => {
    answer.string(name).array(partitions, (one) => {
      answer.int32(one.partition).int16(outcome.get(one) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    });
  });
};

async function commit(
  broker: Broker,
  groupId: string,
  who: Identity,
  commits: readonly OffsetCommit[],
): Promise<Map<OffsetCommit, ErrorCode>> {
  const existing = commits.filter(
    ({ topic, partition }) => broker.topics.find(topic)?.partitions[partition] !== undefined,
  );
  try {
    const codes = broker.groups.commit(groupId, who, existing);
    if (broker.flushesEachAnswer) await broker.groups.offsets.flush();
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
