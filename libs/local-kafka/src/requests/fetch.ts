import { type Broker, type Client, type Handler, codeOf } from '../broker.js';
import { ErrorCode } from '../protocol/error-codes.js';
import type { Reader } from '../protocol/reader.js';
import { Writer } from '../protocol/writer.js';

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

interface Found {
  readonly errorCode: ErrorCode;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly records: Buffer;
}

/**
 * Answers when `minBytes` are there, a partition has an error, or `maxWaitMs` have passed. There are no fetch sessions:
 * session 0 in the answer tells the client to name all partitions every time (KIP-227).
 */
export const fetch: Handler = async (request, version, broker, client) => {
  request.int32(); // replica
  const maxWaitMs = request.int32();
  const minBytes = request.int32();
  const maxBytes = request.int32();
  request.int8(); // isolation level: without transactions all is committed
  if (version >= 7) request.raw(8); // session id and epoch
  const wanted = readWanted(request, version);
  const deadline = Date.now() + maxWaitMs;
  let found = collect(broker, wanted, maxBytes);
  while (!isEnough(found, minBytes) && Date.now() < deadline && !client.gone.aborted) {
    await appendOrDeadline(broker, wanted, deadline, client);
    found = collect(broker, wanted, maxBytes);
  }
  return encode(wanted, found, version);
};

function readWanted(request: Reader, version: number): Wanted[] {
  return request
    .array(() => {
      const topic = request.string();
      return request.array(() => {
        const partition = request.int32();
        if (version >= 9) request.int32(); // leader epoch
        const offset = request.int64();
        if (version >= 5) request.int64(); // a follower's log start
        return { topic, partition, offset, maxBytes: request.int32() };
      });
    })
    .flat();
}

/** `maxBytes` is soft: a first batch larger than it is sent all the same, so that the consumer gets on. */
function collect(broker: Broker, wanted: readonly Wanted[], maxBytes: number): Found[] {
  let left = maxBytes;
  let nothingYet = true;
  return wanted.map(({ topic, partition, offset, maxBytes: partitionBytes }) => {
    try {
      const log = broker.topics.partition(topic, partition);
      const records = log.read(offset, Math.max(0, Math.min(left, partitionBytes)), nothingYet);
      left -= records.length;
      nothingYet &&= records.length === 0;
      const { nextOffset: highWatermark, logStartOffset } = log;
      return { errorCode: ErrorCode.NONE, highWatermark, logStartOffset, records };
    } catch (error) {
      return { errorCode: codeOf(error, broker), highWatermark: -1, logStartOffset: -1, records: Buffer.alloc(0) };
    }
  });
}

function isEnough(found: readonly Found[], minBytes: number): boolean {
  if (found.length === 0 || found.some(({ errorCode }) => errorCode !== ErrorCode.NONE)) return true;
  return found.reduce((sum, { records }) => sum + records.length, 0) >= minBytes;
}

function appendOrDeadline(broker: Broker, wanted: readonly Wanted[], deadline: number, client: Client): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      client.gone.removeEventListener('abort', done);
      for (const takeBack of requests) takeBack();
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, deadline - Date.now()));
    client.gone.addEventListener('abort', done);
    const requests = wanted.map(({ topic, partition }) => broker.topics.partition(topic, partition).onAppend(done));
  });
}

function encode(wanted: readonly Wanted[], found: readonly Found[], version: number): Writer {
  const answer = new Writer().int32(0);
  if (version >= 7) answer.int16(ErrorCode.NONE).int32(0);
  const byTopic = new Map<string, number[]>();
  wanted.forEach(({ topic }, at) => byTopic.set(topic, [...(byTopic.get(topic) ?? []), at]));
  return answer.array([...byTopic], ([topic, positions]) => {
    answer.string(topic).array(positions, (at) => {
      const { errorCode, highWatermark, logStartOffset, records } = found[at] as Found;
      answer
        .int32((wanted[at] as Wanted).partition)
        .int16(errorCode)
        .int64(highWatermark)
        .int64(highWatermark);
      if (version >= 5) answer.int64(logStartOffset);
      answer.int32(-1); // no aborted transactions
      if (version >= 11) answer.int32(-1); // no preferred replica
      answer.bytes(records);
    });
  });
}
