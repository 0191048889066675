import { type Broker, type Handler, codeOf } from '../broker.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

const LATEST = -1;
const EARLIEST = -2;

export const listOffsets: Handler = (request, version, broker) => {
  request.int32(); // replica
  if (version >= 2) request.int8(); // isolation level
  const topics = request.array(() => {
    const name = request.string();
    return { name, partitions: request.array(() => ({ id: request.int32(), time: request.int64() })) };
  });
  const answer = new Writer();
  if (version >= 2) answer.int32(0);
  return answer.array(topics, ({ name, partitions }) => {
    answer.string(name).array(partitions, ({ id, time }) => {
      const { errorCode, timestamp, offset } = find(broker, name, id, time);
      answer.int32(id).int16(errorCode).int64(timestamp).int64(offset);
    });
  });
};

function find(broker: Broker, topic: string, partition: number, time: number) {
  try {
    const log = broker.topics.partition(topic, partition);
    const errorCode = ErrorCode.NONE;
    if (time === LATEST) return { errorCode, timestamp: -1, offset: log.nextOffset };
    if (time === EARLIEST) return { errorCode, timestamp: -1, offset: log.logStartOffset };
    return { errorCode, timestamp: -1, offset: -1, ...log.lookup(time) };
  } catch (error) {
    return { errorCode: codeOf(error, broker), timestamp: -1, offset: -1 };
  }
}
