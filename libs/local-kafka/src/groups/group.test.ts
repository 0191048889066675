import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ErrorCode } from '../protocol/error-codes.js';
import { Group } from './group.js';
import type { JoinAnswer, JoinRequest } from './member.js';

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
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: REBALANCE_MS,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
    requireKnownMemberId: false,
    ...change,
  });

/** A stable group of one. */
async function stable(change: Partial<JoinRequest> = {}): Promise<JoinAnswer> {
  const joined = await join('', change);
  await group.sync(joined.memberId, joined.generation, new Map([[joined.memberId, Buffer.from('all')]]));
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
  expect(group.heartbeat(first.memberId, 1)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  const [leader, follower] = await Promise.all([join(first.memberId), second]);
  expect([leader.generation, follower.generation]).toEqual([2, 2]);
  expect(leader.members.map(({ id }) => id).sort()).toEqual([leader.memberId, follower.memberId].sort());
  expect(follower.members).toEqual([]);
  expect(group.heartbeat(first.memberId, 1)).toBe(ErrorCode.ILLEGAL_GENERATION);
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
    expect(group.heartbeat(memberId, generation)).toBe(ErrorCode.NONE);
  }
  await vi.advanceTimersByTimeAsync(SESSION_MS);
  expect(group.heartbeat(memberId, generation)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  expect(group.state).toBe('Empty');
});

it('gives followers their assignment when the leader has made it', async () => {
  const first = await stable();
  const joining = join();
  const [leader, follower] = await Promise.all([join(first.memberId), joining]);
  const waiting = group.sync(follower.memberId, 2, new Map());
  const assignments = new Map([[follower.memberId, Buffer.from('half')]]);
  await group.sync(leader.memberId, 2, assignments);
  expect(await waiting).toEqual({ errorCode: ErrorCode.NONE, assignment: Buffer.from('half') });
});

it('refuses commits of strangers, of older generations, and while the assignment is being made', async () => {
  const first = await stable();
  expect(group.refusalOfCommit(first.memberId, 1)).toBe(ErrorCode.NONE);
  expect(group.refusalOfCommit(first.memberId, 0)).toBe(ErrorCode.ILLEGAL_GENERATION);
  expect(group.refusalOfCommit('stranger', 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  expect(group.refusalOfCommit('', -1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  const joining = join();
  expect(group.refusalOfCommit(first.memberId, 1)).toBe(ErrorCode.NONE); // the last chance before the new generation
  await Promise.all([join(first.memberId), joining]);
  expect(group.refusalOfCommit(first.memberId, 2)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
});

it('refuses a member that knows none of the protocols of the others', async () => {
  await stable();
  const odd = await join('', { protocols: [{ name: 'own', metadata: Buffer.alloc(0) }] });
  expect(odd.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
});

it('is empty, and open to commits from outside, when the last member has left', async () => {
  const { memberId } = await stable();
  expect(group.leave(memberId)).toBe(ErrorCode.NONE);
  expect([group.state, group.isUnused]).toEqual(['Empty', true]);
  expect(group.refusalOfCommit('', -1)).toBe(ErrorCode.NONE);
});
