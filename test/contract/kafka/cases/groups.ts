import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { expect, test } from 'vitest';
import { type Context, uniqueName, until } from '../context.js';
import { RawClient } from '../raw-client.js';
import { awaitCoordinator, commitOffset, heartbeat, joinGroup, leaveGroup, syncGroup } from '../raw-requests.js';

const NONE = 0;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
const SHORTEST_SESSION_MS = 6_000; // Apache Kafka's own lower limit

export function groupCases(context: () => Context): void {
  /** A consumer that keeps its current assignment of the topic's partitions. */
  async function member(groupId: string, topic: string): Promise<{ consumer: Consumer; owned: () => number[] }> {
    const consumer = context().kafka.consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 200 });
    let owned: number[] = [];
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => (owned = payload.memberAssignment[topic] ?? []));
    consumer.on(consumer.events.REBALANCING, () => (owned = []));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
    return { consumer, owned: () => owned };
  }

  /** A group with one member that speaks the raw protocol, joined and synchronised. */
  async function rawGroup(sessionTimeoutMs?: number) {
    const group = uniqueName('group');
    await awaitCoordinator(context().raw, group);
    const joined = await joinGroup(context().raw, group, '', sessionTimeoutMs);
    await syncGroup(context().raw, group, joined, { [joined.memberId]: 'everything' });
    return { group, joined };
  }

  test('members share the partitions; those of one that leaves go to the other', async () => {
    const topic = await context().topic({ partitions: 4 });
    const groupId = uniqueName('group');
    const first = await member(groupId, topic);
    await until(() => first.owned().length === 4, 'the first member to own everything');
    const second = await member(groupId, topic);
    await until(() => first.owned().length === 2 && second.owned().length === 2, 'an even share');
    expect([...first.owned(), ...second.owned()].sort()).toEqual([0, 1, 2, 3]);
    await first.consumer.disconnect();
    await until(() => second.owned().length === 4, 'the second member to own everything');
    await second.consumer.disconnect();
  });

  test('committed offsets come back with their metadata, and a new member resumes there', async () => {
    const topic = await context().topic();
    const groupId = uniqueName('group');
    await context().send(
      topic,
      ['a', 'b', 'c'].map((value) => ({ value })),
    );
    const { consumer, owned } = await member(groupId, topic);
    await until(() => owned().length === 1, 'the assignment');
    await consumer.commitOffsets([{ topic, partition: 0, offset: '2', metadata: 'H=3' }]);
    await consumer.disconnect();
    const offsets = await context().admin.fetchOffsets({ groupId, topics: [topic] });
    expect(offsets).toEqual([{ topic, partitions: [{ partition: 0, offset: '2', metadata: 'H=3' }] }]);
    expect((await context().read(topic, 1, groupId)).map(({ value }) => String(value))).toEqual(['c']);
  });

  test('a group that never committed has offset -1', async () => {
    const topic = await context().topic();
    const offsets = await context().admin.fetchOffsets({ groupId: uniqueName('group'), topics: [topic] });
    expect(offsets[0]?.partitions[0]?.offset).toBe('-1');
  });

  test('offsets of an empty group are set from outside', async () => {
    const topic = await context().topic();
    const groupId = uniqueName('group');
    await context().admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '7' }] });
    const offsets = await context().admin.fetchOffsets({ groupId, topics: [topic] });
    expect(offsets[0]?.partitions[0]?.offset).toBe('7');
  });

  test('the leader alone learns of the members, and each member gets what the leader assigned', async () => {
    const { group, joined } = await rawGroup();
    expect(joined.members).toEqual([{ memberId: joined.memberId, metadata: 'metadata' }]);
    const other = await RawClient.connect(context().brokers);
    const joining = joinGroup(other, group);
    await until(
      async () => (await heartbeat(context().raw, group, joined.generation, joined.memberId)) === REBALANCE_IN_PROGRESS,
      'the rebalance',
    );
    const again = await joinGroup(context().raw, group, joined.memberId);
    const newcomer = await joining;
    expect(again.generation).toBe(joined.generation + 1);
    expect(newcomer.generation).toBe(again.generation);
    expect([again.members.length, newcomer.members.length]).toEqual([2, 0]);
    const shares = { [again.memberId]: 'mine', [newcomer.memberId]: 'yours' };
    const [mine, yours] = await Promise.all([
      syncGroup(context().raw, group, again, shares),
      syncGroup(other, group, newcomer),
    ]);
    expect([mine.assignment, yours.assignment]).toEqual(['mine', 'yours']);
    other.close();
  });

  test('a commit of an older generation is ILLEGAL_GENERATION, of a stranger UNKNOWN_MEMBER_ID', async () => {
    const topic = await context().topic();
    const { group, joined } = await rawGroup();
    const commit = { topic, offset: 1, metadata: '' };
    const stale = { ...joined, generation: joined.generation - 1 };
    expect(await commitOffset(context().raw, group, joined, commit)).toBe(NONE);
    expect(await commitOffset(context().raw, group, stale, commit)).toBe(ILLEGAL_GENERATION);
    expect(await commitOffset(context().raw, group, { ...joined, memberId: 'stranger' }, commit)).toBe(
      UNKNOWN_MEMBER_ID,
    );
  });

  test('heartbeats and synchronisations of strangers and of older generations are refused', async () => {
    const { group, joined } = await rawGroup();
    expect(await heartbeat(context().raw, group, joined.generation, joined.memberId)).toBe(NONE);
    expect(await heartbeat(context().raw, group, joined.generation, 'stranger')).toBe(UNKNOWN_MEMBER_ID);
    expect(await heartbeat(context().raw, group, joined.generation - 1, joined.memberId)).toBe(ILLEGAL_GENERATION);
    const stale = { ...joined, generation: joined.generation - 1 };
    expect((await syncGroup(context().raw, group, stale)).errorCode).toBe(ILLEGAL_GENERATION);
    expect((await joinGroup(context().raw, group, 'stranger')).errorCode).toBe(UNKNOWN_MEMBER_ID);
    expect(await leaveGroup(context().raw, group, joined.memberId)).toBe(NONE);
    expect(await heartbeat(context().raw, group, joined.generation, joined.memberId)).toBe(UNKNOWN_MEMBER_ID);
  });

  test('a silent member is forgotten when its session times out', async () => {
    const { group, joined } = await rawGroup(SHORTEST_SESSION_MS);
    await sleep(SHORTEST_SESSION_MS - 2_000);
    expect(await heartbeat(context().raw, group, joined.generation, joined.memberId)).toBe(NONE);
    await sleep(SHORTEST_SESSION_MS + 500);
    expect(await heartbeat(context().raw, group, joined.generation, joined.memberId)).toBe(UNKNOWN_MEMBER_ID);
  });

  test('a group is listed and described with its members, and deleted only when empty', async () => {
    const topic = await context().topic();
    const groupId = uniqueName('group');
    const { consumer, owned } = await member(groupId, topic);
    await until(() => owned().length === 1, 'the assignment');
    const { groups } = await context().admin.listGroups();
    expect(groups).toContainEqual({ groupId, protocolType: 'consumer' });
    const described = (await context().admin.describeGroups([groupId])).groups[0];
    expect(described).toMatchObject({ errorCode: NONE, state: 'Stable', protocolType: 'consumer' });
    expect(described?.members).toMatchObject([{ clientId: 'contract-suite' }]);

    const refused = await context()
      .admin.deleteGroups([groupId])
      .catch((error: { groups: object[] }) => error.groups);
    expect(refused).toMatchObject([{ groupId, error: { type: 'NON_EMPTY_GROUP' } }]);
    await consumer.disconnect();
    expect(await context().admin.deleteGroups([groupId])).toMatchObject([{ groupId, errorCode: NONE }]);
    const again = await context()
      .admin.deleteGroups([groupId])
      .catch((error: { groups: object[] }) => error.groups);
    expect(again).toMatchObject([{ groupId, error: { type: 'GROUP_ID_NOT_FOUND' } }]);
  });
}
