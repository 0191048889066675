import { type Broker, type Handler, codeOf } from '../broker.js';
import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import type { Reader } from '../protocol/reader.js';
import { Writer } from '../protocol/writer.js';
import { TopicConfig } from '../topic-config.js';

interface Outcome {
  readonly errorCode: ErrorCode;
  readonly message: string | null;
}

/** Runs one part of a request that may be refused on its own. */
function attempt(broker: Broker, work: () => void): Outcome {
  try {
    work();
    return { errorCode: ErrorCode.NONE, message: null };
  } catch (error) {
    return { errorCode: codeOf(error, broker), message: (error as Error).message };
  }
}

export const createTopics: Handler = (request, version, broker) => {
  const asked = request.array(() => ({
    name: request.string(),
    partitions: request.int32(),
    replicationFactor: request.int16(),
    assignments: request.array(() => readAssignment(request)),
    config: request.array(() => [request.string(), request.nullableString()] as const),
  }));
  request.int32(); // time-out
  const validateOnly = version >= 1 && request.boolean();
  const answer = new Writer();
  if (version >= 2) answer.int32(0);
  return answer.array(asked, (topic) => {
    const { errorCode, message } = attempt(broker, () => {
      if (asked.filter(({ name }) => name === topic.name).length > 1) {
        throw new KafkaError(ErrorCode.INVALID_REQUEST, `${topic.name} is named twice`);
      }
      checkReplication(topic.replicationFactor, topic.assignments);
      const partitions = topic.assignments.length > 0 ? topic.assignments.length : topic.partitions;
      broker.topics.create(topic.name, partitions, TopicConfig.of(topic.config), validateOnly);
    });
    answer.string(topic.name).int16(errorCode);
    if (version >= 1) answer.string(message);
  });
};

function readAssignment(request: Reader): { partition: number; nodes: number[] } {
  return { partition: request.int32(), nodes: request.array(() => request.int32()) };
}

function checkReplication(factor: number, assignments: readonly { nodes: number[] }[]): void {
  if (assignments.length === 0 && factor !== -1 && factor !== 1) {
    throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, `replication factor ${factor} with one broker`);
  }
  if (assignments.some(({ nodes }) => nodes.length !== 1)) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'there is one broker');
  }
}

export const deleteTopics: Handler = (request, version, broker) => {
  const names = request.array(() => request.string());
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.array(names, (name) => {
    const { errorCode } = attempt(broker, () => {
      broker.topics.delete(name);
      broker.groups.offsets.forgetTopic(name);
    });
    answer.string(name).int16(errorCode);
  });
};

export const createPartitions: Handler = (request, _version, broker) => {
  const asked = request.array(() => ({
    name: request.string(),
    partitions: request.int32(),
    assignments: request.nullableArray(() => request.array(() => request.int32())) ?? [],
  }));
  request.int32(); // time-out
  const validateOnly = request.boolean();
  const answer = new Writer().int32(0);
  return answer.array(asked, ({ name, partitions, assignments }) => {
    const { errorCode, message } = attempt(broker, () => {
      checkReplication(
        1,
        assignments.map((nodes) => ({ nodes })),
      );
      broker.topics.grow(name, partitions, validateOnly);
    });
    answer.string(name).int16(errorCode).string(message);
  });
};

export const deleteRecords: Handler = (request, _version, broker) => {
  const topics = request.array(() => ({
    name: request.string(),
    partitions: request.array(() => ({ id: request.int32(), before: request.int64() })),
  }));
  const answer = new Writer().int32(0);
  return answer.array(topics, ({ name, partitions }) => {
    answer.string(name).array(partitions, ({ id, before }) => {
      let lowWatermark = -1;
      const { errorCode } = attempt(broker, () => {
        broker.topics.partition(name, id);
        lowWatermark = broker.topics.find(name)?.deleteRecords(id, before) ?? -1;
      });
      answer.int32(id).int64(lowWatermark).int16(errorCode);
    });
  });
};
