import { type Handler, NODE_ID } from '../broker.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { Writer } from '../protocol/writer.js';

const GROUP_KEY_TYPE = 0;

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
  return answer.array(joined.members, (member) => answer.string(member.id).bytes(member.metadata));
};

export const syncGroup: Handler = async (request, version, broker) => {
  const groupId = request.string();
  const generation = request.int32();
  const memberId = request.string();
  const assignments = new Map(request.array(() => [request.string(), request.bytes()] as const));
  const { errorCode, assignment } = await broker.groups.sync(groupId, memberId, generation, assignments);
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.int16(errorCode).bytes(assignment);
};

export const heartbeat: Handler = (request, version, broker) => {
  const groupId = request.string();
  const generation = request.int32();
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.int16(broker.groups.heartbeat(groupId, request.string(), generation));
};

export const leaveGroup: Handler = (request, version, broker) => {
  const answer = new Writer();
  if (version >= 1) answer.int32(0);
  return answer.int16(broker.groups.leave(request.string(), request.string()));
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
      answer.string(member.id).string(member.offer.clientId).string(member.offer.clientHost);
      const metadata = group?.state === 'Stable' ? member.metadataFor(group.protocolName) : Buffer.alloc(0);
      answer.bytes(metadata).bytes(member.assignment);
    });
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
