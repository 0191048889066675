import { type Broker, type Handler, NODE_ID, codeOf } from '../broker.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';
import { TopicConfig } from '../topic-config.js';

const NO_NODES: readonly number[] = [];

export const metadata: Handler = (request, version, broker) => {
  const asked = request.nullableArray(() => request.string());
  const mayCreate = version < 4 || request.boolean();
  const names = asked ?? broker.topics.all().map((topic) => topic.name);
  const answer = new Writer();
  if (version >= 3) answer.int32(0); // throttle time
  answer.array([NODE_ID], () => answer.int32(NODE_ID).string(broker.host).int32(broker.port).string(null));
  if (version >= 2) answer.string(broker.clusterId);
  answer.int32(NODE_ID); // the controller
  answer.array(names, (name) => {
    const errorCode = asked !== null && mayCreate ? createIfAbsent(broker, name) : ErrorCode.NONE;
    const partitions = broker.topics.find(name)?.partitions ?? [];
    const unknown = errorCode === ErrorCode.NONE && partitions.length === 0;
    answer
      .int16(unknown ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode)
      .string(name)
      .boolean(false);
    answer.array([...partitions.keys()], (id) => {
      answer.int16(ErrorCode.NONE).int32(id).int32(NODE_ID);
      answer.array([NODE_ID], (node) => answer.int32(node)); // replicas
      answer.array([NODE_ID], (node) => answer.int32(node)); // in sync
      if (version >= 5) answer.array(NO_NODES, (node) => answer.int32(node)); // offline
    });
  });
  return answer;
};

/** As Apache's default `auto.create.topics.enable=true`. */
function createIfAbsent(broker: Broker, name: string): ErrorCode {
  if (broker.topics.find(name) !== undefined) return ErrorCode.NONE;
  try {
    broker.topics.create(name, -1, TopicConfig.of([]));
    return ErrorCode.NONE;
  } catch (error) {
    return codeOf(error, broker);
  }
}
