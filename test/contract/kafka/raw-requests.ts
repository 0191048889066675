import { Writer } from '../../../libs/local-kafka/src/protocol/writer.js';
import type { RawClient } from './raw-client.js';

/** Not 'consumer', whose metadata and assignments Apache Kafka would read. */
const PROTOCOL_TYPE = 'contract';

/** Requests for one topic and partition, or one group, in versions that every broker of the suite knows. */

export async function produceBatch(client: RawClient, topic: string, partition: number, batch: Buffer) {
  const body = new Writer().string(null).int16(-1).int32(5_000);
  body.int32(1).string(topic).int32(1).int32(partition).bytes(batch);
  const answer = await client.request(0, 7, body);
  answer.int32();
  answer.string();
  answer.int32();
  answer.int32();
  const errorCode = answer.int16();
  const baseOffset = answer.int64();
  const logAppendTime = answer.int64();
  return { errorCode, baseOffset, logAppendTime };
}

export interface FetchRequest {
  topic: string;
  partition?: number;
  offset: number;
  maxWaitMs?: number;
  minBytes?: number;
  maxBytes?: number;
  partitionMaxBytes?: number;
}

export async function fetchBatches(client: RawClient, request: FetchRequest) {
  const { maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 26, partitionMaxBytes = 1 << 26 } = request;
  const body = new Writer().int32(-1).int32(maxWaitMs).int32(minBytes).int32(maxBytes).int8(0).int32(0).int32(-1);
  body
    .int32(1)
    .string(request.topic)
    .int32(1)
    .int32(request.partition ?? 0)
    .int32(-1)
    .int64(request.offset);
  body.int64(-1).int32(partitionMaxBytes).int32(0).string('');
  const answer = await client.request(1, 11, body);
  answer.int32(); // throttled
  answer.int16();
  answer.int32(); // session
  answer.int32();
  answer.string();
  answer.int32();
  answer.int32();
  const errorCode = answer.int16();
  const highWatermark = answer.int64();
  const lastStableOffset = answer.int64();
  const logStartOffset = answer.int64();
  answer.nullableArray(() => (answer.int64(), answer.int64()));
  answer.int32(); // preferred replica
  const records = answer.nullableBytes() ?? Buffer.alloc(0);
  return { errorCode, highWatermark, lastStableOffset, logStartOffset, records };
}

export async function initProducerId(client: RawClient) {
  const answer = await client.request(22, 1, new Writer().string(null).int32(60_000));
  answer.int32();
  const errorCode = answer.int16();
  const id = answer.int64();
  return { errorCode, id, epoch: answer.int16() };
}

export async function joinGroup(
  client: RawClient,
  group: string,
  memberId = '',
  sessionTimeoutMs = 10_000,
  rebalanceTimeoutMs = 10_000,
) {
  const body = new Writer().string(group).int32(sessionTimeoutMs).int32(rebalanceTimeoutMs).string(memberId);
  body.string(PROTOCOL_TYPE);
  body.int32(1).string('contract').bytes(Buffer.from('metadata'));
  const answer = await client.request(11, 3, body);
  answer.int32();
  const errorCode = answer.int16();
  const generation = answer.int32();
  const protocol = answer.string();
  const leader = answer.string();
  const member = answer.string();
  const members = answer.array(() => ({ memberId: answer.string(), metadata: answer.bytes().toString() }));
  return { errorCode, generation, protocol, leader, memberId: member, members };
}

export async function syncGroup(
  client: RawClient,
  group: string,
  member: { generation: number; memberId: string },
  assignments: Record<string, string> = {},
) {
  const body = new Writer().string(group).int32(member.generation).string(member.memberId);
  body.array(Object.entries(assignments), ([id, assignment]) => {
    body.string(id).bytes(Buffer.from(assignment));
  });
  const answer = await client.request(14, 2, body);
  answer.int32();
  const errorCode = answer.int16();
  return { errorCode, assignment: answer.bytes().toString() };
}

export async function heartbeat(client: RawClient, group: string, generation: number, memberId: string) {
  const answer = await client.request(12, 2, new Writer().string(group).int32(generation).string(memberId));
  answer.int32();
  return answer.int16();
}

export async function leaveGroup(client: RawClient, group: string, memberId: string) {
  const answer = await client.request(13, 2, new Writer().string(group).string(memberId));
  answer.int32();
  return answer.int16();
}

export async function commitOffset(
  client: RawClient,
  group: string,
  member: { generation: number; memberId: string },
  commit: { topic: string; offset: number; metadata: string },
) {
  const body = new Writer().string(group).int32(member.generation).string(member.memberId);
  body.int32(1).string(commit.topic).int32(1).int32(0).int64(commit.offset).string(commit.metadata);
  const answer = await client.request(8, 5, body);
  answer.int32();
  answer.int32();
  answer.string();
  answer.int32();
  answer.int32();
  return answer.int16();
}

/** Resolves once the broker coordinates this group; a new broker first makes its topic of offsets. */
export async function awaitCoordinator(client: RawClient, group: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await client.request(10, 1, new Writer().string(group).int8(0));
    answer.int32();
    if (answer.int16() === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no coordinator');
}
