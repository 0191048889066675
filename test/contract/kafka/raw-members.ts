import { Writer } from '../../../libs/local-kafka/src/protocol/writer.js';
import type { RawClient } from './raw-client.js';

/** Not 'consumer', whose metadata and assignments Apache Kafka would read. */
const PROTOCOL_TYPE = 'contract';

/** As whom a member speaks; `instanceId` is that of a static member (KIP-345). */
export interface Speaker {
  readonly memberId: string;
  readonly generation: number;
  readonly instanceId: string | null;
}

/** Requests of groups in the versions that know static members. */

export async function joinAs(
  client: RawClient,
  group: string,
  instanceId: string | null,
  { memberId = '', sessionTimeoutMs = 10_000, rebalanceTimeoutMs = 10_000 } = {},
) {
  const body = new Writer().string(group).int32(sessionTimeoutMs).int32(rebalanceTimeoutMs).string(memberId);
  body.string(instanceId).string(PROTOCOL_TYPE).int32(1).string('contract').bytes(Buffer.from('metadata'));
  const answer = await client.request(11, 5, body);
  answer.int32();
  const errorCode = answer.int16();
  const generation = answer.int32();
  answer.string(); // protocol
  const leader = answer.string();
  const ownId = answer.string();
  const members = answer.array(() => {
    const member = { memberId: answer.string(), instanceId: answer.nullableString() };
    answer.bytes();
    return member;
  });
  return { errorCode, generation, leader, memberId: ownId, instanceId, members };
}

const speaker = (group: string, { memberId, generation, instanceId }: Speaker): Writer =>
  new Writer().string(group).int32(generation).string(memberId).string(instanceId);

export async function syncAs(client: RawClient, group: string, who: Speaker, shares: Record<string, string> = {}) {
  const body = speaker(group, who);
  body.array(Object.entries(shares), ([id, share]) => void body.string(id).bytes(Buffer.from(share)));
  const answer = await client.request(14, 3, body);
  answer.int32();
  return { errorCode: answer.int16(), share: answer.bytes().toString() };
}

export async function heartbeatAs(client: RawClient, group: string, who: Speaker): Promise<number> {
  const answer = await client.request(12, 3, speaker(group, who));
  answer.int32();
  return answer.int16();
}

export async function leaveAs(client: RawClient, group: string, memberId: string, instanceId: string | null) {
  const body = new Writer().string(group).int32(1).string(memberId).string(instanceId);
  const answer = await client.request(13, 3, body);
  answer.int32();
  const whole = answer.int16();
  const [code] = answer.array(() => (answer.string(), answer.nullableString(), answer.int16()));
  return whole === 0 ? code : whole;
}

export async function commitAs(client: RawClient, group: string, who: Speaker, topic: string, offset: number) {
  const body = speaker(group, who).int32(1).string(topic).int32(1).int32(0).int64(offset).int32(-1).string('');
  const answer = await client.request(8, 7, body);
  answer.int32();
  answer.int32();
  answer.string();
  answer.int32();
  answer.int32();
  return answer.int16();
}

/** With a time of its own after which the offset is forgotten, as clients could say up to version 4. */
export async function commitFor(
  client: RawClient,
  group: string,
  who: { memberId: string; generation: number },
  commit: { topic: string; partition: number; offset: number; retentionMs: number },
) {
  const body = new Writer().string(group).int32(who.generation).string(who.memberId).int64(commit.retentionMs);
  body.int32(1).string(commit.topic).int32(1).int32(commit.partition).int64(commit.offset).string('');
  const answer = await client.request(8, 4, body);
  answer.int32();
  answer.int32();
  answer.string();
  answer.int32();
  answer.int32();
  return answer.int16();
}

export async function instancesOf(client: RawClient, group: string): Promise<(string | null)[]> {
  const answer = await client.request(15, 4, new Writer().int32(1).string(group).boolean(false));
  answer.int32();
  answer.int32();
  answer.int16();
  for (let text = 0; text < 4; text++) answer.string(); // group, state, protocol type, protocol
  return answer.array(() => {
    answer.string();
    const instanceId = answer.nullableString();
    answer.string();
    answer.string();
    answer.bytes();
    answer.bytes();
    return instanceId;
  });
}
