import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ErrorCode } from '../protocol/error-codes.js';
import { Group } from './group.js';
import type { Identity, JoinAnswer, JoinRequest } from './member.js';

const SESSION_MS = 10_000;
const REBALANCE_MS = 30_000;

let group: Group;
beforeEach(() => {
  vi.useFakeTimers();
  group = new Group('g', () => undefined);
});
afterEach(() => {
  group.close();
  vi.useRealTimers();
});

const join = async (memberId = '', change: Partial<JoinRequest> = {}): Promise<JoinAnswer> =>
  group.join({
    memberId,
    instanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: REBALANCE_MS,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
    requireKnownMemberId: false,
    ...change,
  });

const as = (memberId: string, generation: number, instanceId: string | null = null): Identity => ({
  memberId,
  generation,
  instanceId,
});

/** A stable group of one. */
async function stable(change: Partial<JoinRequest> = {}): Promise<JoinAnswer> {
  const joined = await join('', change);
  const who = as(joined.memberId, joined.generation, change.instanceId);
  await group.sync(who, new Map([[joined.memberId, Buffer.from('all')]]));
  return joined;
}

it('gives a new member an id first, where the version wants it so, and waits for it to join', async () => {
  const first = await join('', { requireKnownMemberId: true });
  expect(first.errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
  const joined = await join(first.memberId, { requireKnownMemberId: true });
  expect(joined).toMatchObject({ errorCode: ErrorCode.NONE, generation: 1, leaderId: first.memberId });
  expect((await join('stranger')).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
});

it('begins a new generation when a member joins, once the others have joined again', async () => {
  const first = await stable();
  const second = join();
  expect(group.heartbeat(as(first.memberId, 1))).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  const [leader, follower] = await Promise.all([join(first.memberId), second]);
  expect([leader.generation, follower.generation]).toEqual([2, 2]);
  expect(leader.members.map(({ id }) => id).sort()).toEqual([leader.memberId, follower.memberId].sort());
  expect(follower.members).toEqual([]);
  expect(group.heartbeat(as(first.memberId, 1))).toBe(ErrorCode.ILLEGAL_GENERATION);
});

it('goes on without a member that does not join again within the rebalance time-out', async () => {
  const patient = { sessionTimeoutMs: 2 * REBALANCE_MS };
  await stable(patient);
  const second = join('', patient);
  await vi.advanceTimersByTimeAsync(REBALANCE_MS);
  expect(await second).toMatchObject({ generation: 2, errorCode: ErrorCode.NONE });
  expect(group.memberList).toHaveLength(1);
});

it('forgets a member that is silent for its session, and keeps one that sends heartbeats', async () => {
  const { memberId, generation } = await stable();
  for (let beats = 0; beats < 5; beats++) {
    await vi.advanceTimersByTimeAsync(SESSION_MS - 1_000);
    expect(group.heartbeat(as(memberId, generation))).toBe(ErrorCode.NONE);
  }
  await vi.advanceTimersByTimeAsync(SESSION_MS);
  expect(group.heartbeat(as(memberId, generation))).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  expect(group.state).toBe('Empty');
});

it('gives followers their assignment when the leader has made it', async () => {
  const first = await stable();
  const joining = join();
  const [leader, follower] = await Promise.all([join(first.memberId), joining]);
  const waiting = group.sync(as(follower.memberId, 2), new Map());
  const assignments = new Map([[follower.memberId, Buffer.from('half')]]);
  await group.sync(as(leader.memberId, 2), assignments);
  expect(await waiting).toEqual({ errorCode: ErrorCode.NONE, assignment: Buffer.from('half') });
});

it('refuses commits of strangers, of older generations, and while the assignment is being made', async () => {
  const first = await stable();
  expect(group.refusalOfCommit(as(first.memberId, 1))).toBe(ErrorCode.NONE);
  expect(group.refusalOfCommit(as(first.memberId, 0))).toBe(ErrorCode.ILLEGAL_GENERATION);
  expect(group.refusalOfCommit(as('stranger', 1))).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  expect(group.refusalOfCommit(as('', -1))).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  const joining = join();
  expect(group.refusalOfCommit(as(first.memberId, 1))).toBe(ErrorCode.NONE); // the last chance before the new generation
  await Promise.all([join(first.memberId), joining]);
  expect(group.refusalOfCommit(as(first.memberId, 2))).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
});

it('refuses a member that knows none of the protocols of the others', async () => {
  await stable();
  const odd = await join('', { protocols: [{ name: 'own', metadata: Buffer.alloc(0) }] });
  expect(odd.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
});

it('is empty, and open to commits from outside, when the last member has left', async () => {
  const { memberId } = await stable();
  expect(group.leave(memberId, null)).toBe(ErrorCode.NONE);
  expect([group.state, group.isUnused]).toEqual(['Empty', true]);
  expect(group.refusalOfCommit(as('', -1))).toBe(ErrorCode.NONE);
});

it('gives a static member that comes back its assignment and leadership, in the same generation, and fences the former', async () => {
  const former = await stable({ instanceId: 'one' });
  const back = await join('', { instanceId: 'one' });
  expect(back).toMatchObject({ errorCode: ErrorCode.NONE, generation: 1, members: [] });
  expect(back.memberId).not.toBe(former.memberId);
  expect(back.leaderId).not.toBe(back.memberId); // so that it does not assign anew
  const synced = await group.sync(as(back.memberId, 1, 'one'), new Map());
  expect(synced).toEqual({ errorCode: ErrorCode.NONE, assignment: Buffer.from('all') });
  const fenced = as(former.memberId, 1, 'one');
  expect(group.heartbeat(fenced)).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect(group.refusalOfCommit(fenced)).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect((await group.sync(fenced, new Map())).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect((await join(former.memberId, { instanceId: 'one' })).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect(group.leave(former.memberId, 'one')).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect(group.leave('', 'one')).toBe(ErrorCode.NONE);
  expect(group.leave('', 'one')).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
});

it('keeps a static member that does not join again while its session lasts, and lets another one lead', async () => {
  const absent = await stable({ instanceId: 'absent', sessionTimeoutMs: 2 * REBALANCE_MS });
  const joining = join();
  await vi.advanceTimersByTimeAsync(REBALANCE_MS);
  const joined = await joining;
  expect(joined).toMatchObject({ errorCode: ErrorCode.NONE, generation: 2, leaderId: joined.memberId });
  expect(joined.members.map(({ id, instanceId }) => [id, instanceId])).toContainEqual([absent.memberId, 'absent']);
  await group.sync(as(joined.memberId, 2), new Map([[absent.memberId, Buffer.from('half')]]));
  const back = await join('', { instanceId: 'absent' });
  const synced = await group.sync(as(back.memberId, back.generation, 'absent'), new Map());
  expect([back.generation, synced.assignment]).toEqual([2, Buffer.from('half')]);
});

it('waits on where no static member has joined again, since nobody could lead', async () => {
  const change = { instanceId: 'one', sessionTimeoutMs: 4 * REBALANCE_MS };
  const one = await stable(change);
  const leaving = await join('', { requireKnownMemberId: true });
  void join(leaving.memberId, { requireKnownMemberId: true });
  group.leave(leaving.memberId, null);
  await vi.advanceTimersByTimeAsync(REBALANCE_MS);
  expect([group.state, group.generation]).toEqual(['PreparingRebalance', 1]);
  expect(await join(one.memberId, change)).toMatchObject({ generation: 2, leaderId: one.memberId });
});
