import { type Handler, NODE_ID } from '../broker.js';
import type { Identity } from '../groups/member.js';
import { ErrorCode } from '../protocol/error-codes.js';
import type { Reader } from '../protocol/reader.js';
import { Writer } from '../protocol/writer.js';

const GROUP_KEY_TYPE = 0;
/** There is no authorisation here. */
const OPERATIONS_UNKNOWN = -(2 ** 31);

export const findCoordinator: Handler = (request, version, broker) => {
  request.string(); // the group; this broker coordinates all
  const keyType = version >= 1 ? request.int8() : GROUP_KEY_TYPE;
  const known = keyType === GROUP_KEY_TYPE;
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  answer.int16(known ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION);
  if (version >= 1) answer.string(known ? null : 'transactions are not supported');
  return known ? answer.int32(NODE_ID).string(broker.host).int32(broker.port) : answer.int32(-1).string('').int32(-1);
};

export const joinGroup: Handler = async (request, version, broker, client) => {
  const groupId = request.string();
  const sessionTimeoutMs = request.int32();
  const joined = await broker.groups.join(groupId, {
    sessionTimeoutMs,
    rebalanceTimeoutMs: version >= 1 ? request.int32() : sessionTimeoutMs,
    memberId: request.string(),
    instanceId: version >= 5 ? request.nullableString() : null,
    protocolType: request.string(),
    protocols: request.array(() => ({ name: request.string(), metadata: Buffer.from(request.bytes()) })),
    requireKnownMemberId: version >= 4,
    clientId: client.id,
    clientHost: client.host,
  });
  const answer = new Writer();
  if (version >= 2) answer.int32(0);
  answer.int16(joined.errorCode).int32(joined.generation).string(joined.protocolName);
  answer.string(joined.leaderId).string(joined.memberId);
  return answer.array(joined.members, ({ id, instanceId, metadata }) => {
    answer.string(id);
    if (version >= 5) answer.string(instanceId);
    answer.bytes(metadata);
  });
};

/** As heartbeats and synchronisations from version 3 on say who asks. */
const readIdentity = (request: Reader, version: number): Identity => ({
  generation: request.int32(),
  memberId: request.string(),
  instanceId: version >= 3 ? request.nullableString() : null,
});

export const syncGroup: Handler = async (request, version, broker) => {
  const groupId = request.string();
  const who = readIdentity(request, version);
  const assignments = new Map(request.array(() => [request.string(), request.bytes()] as const));
  const { errorCode, assignment } = await broker.groups.sync(groupId, who, assignments);
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.int16(errorCode).bytes(assignment);
};

export const heartbeat: Handler = (request, version, broker) => {
  const groupId = request.string();
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.int16(broker.groups.heartbeat(groupId, readIdentity(request, version)));
};

export const leaveGroup: Handler = (request, version, broker) => {
  const groupId = request.string();
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  if (version < 3) return answer.int16(broker.groups.leave(groupId, request.string(), null));
  const leaving = request.array(() => ({ memberId: request.string(), instanceId: request.nullableString() }));
  return answer.int16(ErrorCode.NONE).array(leaving, ({ memberId, instanceId }) => {
    answer
      .string(memberId)
      .string(instanceId)
      .int16(broker.groups.leave(groupId, memberId, instanceId));
  });
};

export const describeGroups: Handler = (request, version, broker) => {
  const ids = request.array(() => request.string());
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.array(ids, (id) => {
    const group = broker.groups.find(id);
    answer
      .int16(ErrorCode.NONE)
      .string(id)
      .string(group?.state ?? 'Dead');
    answer.string(group?.protocolType ?? '').string(group?.state === 'Stable' ? group.protocolName : '');
    answer.array(group?.memberList ?? [], (member) => {
      answer.string(member.id);
      if (version >= 4) answer.string(member.instanceId);
      answer.string(member.offer.clientId).string(member.offer.clientHost);
      const metadata = group?.state === 'Stable' ? member.metadataFor(group.protocolName) : Buffer.alloc(0);
      answer.bytes(metadata).bytes(member.assignment);
    });
    if (version >= 3) answer.int32(OPERATIONS_UNKNOWN);
  });
};

export const listGroups: Handler = (_request, version, broker) => {
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  answer.int16(ErrorCode.NONE);
  return answer.array(broker.groups.all(), (group) => answer.string(group.id).string(group.protocolType));
};

export const deleteGroups: Handler = (request, _version, broker) => {
  const ids = request.array(() => request.string());
  const answer = new Writer().int32(0);
  return answer.array(ids, (id) => answer.string(id).int16(broker.groups.delete(id)));
};
