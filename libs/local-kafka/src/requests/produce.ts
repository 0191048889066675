import { type Broker, type Handler, codeOf } from '../broker.js';
import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

interface Outcome {
  readonly partition: number;
  readonly errorCode: ErrorCode;
  readonly baseOffset: number;
  readonly logAppendTime: number;
  readonly logStartOffset: number;
}

export const produce: Handler = async (request, version, broker) => {
  if (version >= 3) request.nullableString(); // transactional id: a transactional batch is refused by its attributes
  const acks = request.int16();
  request.int32(); // time-out of replication
  const nowMs = Date.now();
  const topics = request.array(() => {
    const name = request.string();
    const outcomes = request.array(() => {
      const partition = request.int32();
      const records = request.nullableBytes();
      return acks < -1 || acks > 1
        ? refused(partition, ErrorCode.INVALID_REQUIRED_ACKS)
        : append(broker, name, partition, records, version, nowMs);
    });
    return { name, outcomes };
  });
  if (acks === 0) return undefined;
  if (broker.flushesEachAnswer) {
    for (const topic of topics) {
      topic.outcomes = await Promise.all(topic.outcomes.map((outcome) => flushed(broker, topic.name, outcome)));
    }
  }
  const answer = new Writer();
  answer.array(topics, ({ name, outcomes }) => {
    answer.string(name).array(outcomes, (outcome) => {
      answer.int32(outcome.partition).int16(outcome.errorCode).int64(outcome.baseOffset);
      if (version >= 2) answer.int64(outcome.logAppendTime);
      if (version >= 5) answer.int64(outcome.logStartOffset);
    });
  });
  return version >= 1 ? answer.int32(0) : answer;
};

function append(
  broker: Broker,
  topic: string,
  partition: number,
  records: Buffer | null,
  version: number,
  nowMs: number,
): Outcome {
  try {
    if (version < 3) throw new KafkaError(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'message formats 0 and 1');
    const log = broker.topics.partition(topic, partition);
    const appended = log.append(records ?? Buffer.alloc(0), nowMs);
    return { partition, errorCode: ErrorCode.NONE, ...appended, logStartOffset: log.logStartOffset };
  } catch (error) {
    return refused(partition, codeOf(error, broker));
  }
}

async function flushed(broker: Broker, topic: string, outcome: Outcome): Promise<Outcome> {
  if (outcome.errorCode !== ErrorCode.NONE) return outcome;
  try {
    await broker.topics.partition(topic, outcome.partition).flush();
    return outcome;
  } catch (error) {
    broker.logger.error({ err: error, topic, partition: outcome.partition }, 'flushing to disk failed');
    return refused(outcome.partition, ErrorCode.KAFKA_STORAGE_ERROR);
  }
}

const refused = (partition: number, errorCode: ErrorCode): Outcome => ({
  partition,
  errorCode,
  baseOffset: -1,
  logAppendTime: -1,
  logStartOffset: -1,
});
