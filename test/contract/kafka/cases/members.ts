import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Context, uniqueName, until } from '../context.js';
import { RawClient } from '../raw-client.js';
import { commitAs, commitFor, heartbeatAs, instancesOf, joinAs, leaveAs, syncAs } from '../raw-members.js';
import { awaitCoordinator, joinGroup, syncGroup } from '../raw-requests.js';

const NONE = 0;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;
const FENCED_INSTANCE_ID = 82;
const NOBODY = { memberId: '', generation: -1 };

export function memberCases(context: () => Context): void {
  const committed = async (groupId: string, topic: string) => {
    const [offsets] = await context().admin.fetchOffsets({ groupId, topics: [topic] });
    return [...(offsets?.partitions ?? [])]
      .sort((one, other) => one.partition - other.partition)
      .map(({ offset }) => Number(offset));
  };

  /** Two static members, each on a connection of its own, with their shares; 'first' leads. */
  async function staticPair() {
    const group = uniqueName('static');
    const [one, two] = [context().raw, await RawClient.connect(context().brokers)];
    await awaitCoordinator(one, group);
    let alone = await joinAs(one, group, 'first');
    await until(async () => {
      if (alone.errorCode !== NONE) alone = await joinAs(one, group, 'first'); // a new coordinator loads its groups
      return alone.errorCode === NONE;
    }, 'the group');
    await syncAs(one, group, alone, { [alone.memberId]: 'everything' });
    const joining = joinAs(two, group, 'second');
    const rebalancing = async () => (await heartbeatAs(one, group, alone)) === REBALANCE_IN_PROGRESS;
    await until(rebalancing, 'the rebalance');
    const [first, second] = await Promise.all([joinAs(one, group, 'first', { memberId: alone.memberId }), joining]);
    const shares = { [first.memberId]: 'the one half', [second.memberId]: 'the other half' };
    await Promise.all([syncAs(one, group, first, shares), syncAs(two, group, second)]);
    return { group, one, two, first, second };
  }

  test('a static member that comes back gets its share again, without a rebalance, and its former self is fenced', async () => {
    const topic = await context().topic();
    const { group, one, two, first, second } = await staticPair();
    expect(first.leader).toBe(first.memberId);
    expect(first.members.map(({ instanceId }) => instanceId).sort()).toEqual(['first', 'second']);
    expect((await instancesOf(one, group)).sort()).toEqual(['first', 'second']);

    const back = await joinAs(two, group, 'second');
    expect(back).toMatchObject({ errorCode: NONE, generation: second.generation, leader: first.memberId });
    expect(back.memberId).not.toBe(second.memberId);
    expect(await syncAs(two, group, back)).toEqual({ errorCode: NONE, share: 'the other half' });
    expect(await heartbeatAs(one, group, first)).toBe(NONE);

    expect(await heartbeatAs(two, group, second)).toBe(FENCED_INSTANCE_ID);
    expect(await commitAs(two, group, second, topic, 1)).toBe(FENCED_INSTANCE_ID);
    expect((await syncAs(two, group, second)).errorCode).toBe(FENCED_INSTANCE_ID);
    const again = await joinAs(two, group, 'second', { memberId: second.memberId });
    expect(again.errorCode).toBe(FENCED_INSTANCE_ID);
    expect(await commitAs(two, group, back, topic, 2)).toBe(NONE);
    expect(await committed(group, topic)).toEqual([2]);
    two.close();
  });

  test('a leader that comes back as a static member does not assign anew', async () => {
    const { group, one, two, first, second } = await staticPair();
    const back = await joinAs(one, group, 'first');
    expect(back).toMatchObject({ errorCode: NONE, generation: first.generation, members: [] });
    expect(back.leader).not.toBe(back.memberId);
    expect((await syncAs(one, group, back)).share).toBe('the one half');
    expect(await heartbeatAs(two, group, second)).toBe(NONE);
    two.close();
  });

  test('an operator removes a static member by its instance id alone; the others rebalance', async () => {
    const { group, one, two, first, second } = await staticPair();
    expect(await heartbeatAs(one, group, { ...first, instanceId: 'nobody' })).toBe(UNKNOWN_MEMBER_ID);
    expect(await leaveAs(one, group, '', 'nobody')).toBe(UNKNOWN_MEMBER_ID);
    expect(await leaveAs(one, group, first.memberId, 'second')).toBe(FENCED_INSTANCE_ID);
    expect(await leaveAs(one, group, '', 'second')).toBe(NONE);
    expect(await heartbeatAs(one, group, first)).toBe(REBALANCE_IN_PROGRESS);
    expect(await heartbeatAs(two, group, second)).toBe(UNKNOWN_MEMBER_ID);
    two.close();
  });

  test('a static member that misses a rebalance stays in the group for its session; a dynamic one is out', async () => {
    const group = uniqueName('absent');
    const client = context().raw;
    await awaitCoordinator(client, group);
    const absent = await joinAs(client, group, 'absent', { rebalanceTimeoutMs: 1_000 });
    await syncAs(client, group, absent, { [absent.memberId]: 'everything' });
    const joined = await joinGroup(client, group, '', 10_000, 1_000); // by a version before static members
    expect(joined).toMatchObject({ errorCode: NONE, generation: absent.generation + 1, leader: joined.memberId });
    expect(joined.members.map(({ memberId }) => memberId).sort()).toEqual([absent.memberId, joined.memberId].sort());
    await syncGroup(client, group, joined, { [absent.memberId]: 'a half' });
    expect(await heartbeatAs(client, group, absent)).toBe(ILLEGAL_GENERATION);
    const back = await joinAs(client, group, 'absent');
    expect(await syncAs(client, group, back)).toEqual({ errorCode: NONE, share: 'a half' });
  });

  test("a zombie's commit is refused, as a member of an older generation or as none, and what its successor committed stands", async () => {
    const topic = await context().topic();
    const group = uniqueName('zombie');
    const zombie = await RawClient.connect(context().brokers);
    await awaitCoordinator(zombie, group);
    const before = await joinGroup(zombie, group, '', 10_000, 1_500);
    await syncGroup(zombie, group, before, { [before.memberId]: 'everything' });
    const dead = { ...before, instanceId: null };
    expect(await commitAs(zombie, group, dead, topic, 3)).toBe(NONE);

    const joining = joinGroup(context().raw, group, '', 10_000, 1_500); // and the first one never joins again
    const successor = { ...(await joining), instanceId: null };
    expect(successor.generation).toBe(before.generation + 1);
    await syncGroup(context().raw, group, successor, { [successor.memberId]: 'everything' });
    expect(await commitAs(context().raw, group, successor, topic, 7)).toBe(NONE);

    expect(await commitAs(zombie, group, dead, topic, 4)).toBe(UNKNOWN_MEMBER_ID);
    expect(await commitAs(zombie, group, { ...successor, generation: before.generation }, topic, 4)).toBe(
      ILLEGAL_GENERATION,
    );
    expect(await committed(group, topic)).toEqual([7]);
    zombie.close();
  });

  test('members that come and go under load, without a record lost or an offset committed too early', async () => {
    const [records, partitions] = [1_000, 4];
    const topic = await context().topic({ partitions });
    const groupId = uniqueName('load');
    const seen = new Map<number, number>();
    const begin = async () => {
      const consumer = context().kafka.consumer({ groupId, maxWaitTimeInMs: 50, heartbeatInterval: 200 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitions,
        eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
          for (const { value } of batch.messages) seen.set(Number(value), (seen.get(Number(value)) ?? 0) + 1);
          resolveOffset(batch.lastOffset());
          const offset = String(BigInt(batch.lastOffset()) + 1n);
          await consumer.commitOffsets([{ topic, partition: batch.partition, offset }]);
          await heartbeat();
        },
      });
      return consumer;
    };

    const producer = context().kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const members = [await begin()];
    const turns: (() => Promise<unknown>)[] = [
      async () => members.push(await begin()),
      async () => members.push(await begin()),
      async () => members.shift()?.disconnect(),
      async () => members.push(await begin()),
      async () => members.shift()?.disconnect(),
    ];
    const changing = (async () => {
      for (const turn of turns) {
        await sleep(250);
        await turn();
      }
    })();
    for (let n = 0; n < records; n += 10) {
      const messages = Array.from({ length: 10 }, (_, k) => ({
        value: String(n + k),
        partition: (n + k) % partitions,
      }));
      await producer.send({ topic, messages });
      await sleep(15);
    }
    await changing;
    await until(() => seen.size === records, `all ${records} records, of which ${seen.size} came`);
    const ends = Array<number>(partitions).fill(records / partitions);
    await until(async () => String(await committed(groupId, topic)) === String(ends), 'the last commits');
    await Promise.all([producer.disconnect(), ...members.map((member) => member.disconnect())]);
  });

  test('offsets are forgotten at the time that their commit gave, but not while the group has a member', async () => {
    const topic = await context().topic({ partitions: 2 });
    const [idle, live] = [uniqueName('idle'), uniqueName('live')];
    const client = context().raw;
    await awaitCoordinator(client, idle);
    await awaitCoordinator(client, live);
    const shortly = { topic, partition: 0, offset: 5, retentionMs: 1_000 };
    const member = await joinGroup(client, live);
    await syncGroup(client, live, member);
    expect(await commitFor(client, live, member, shortly)).toBe(NONE);
    expect(await commitFor(client, idle, NOBODY, shortly)).toBe(NONE);
    expect(await commitFor(client, idle, NOBODY, { ...shortly, partition: 1, retentionMs: -1 })).toBe(NONE);
    expect(await committed(idle, topic)).toEqual([5, 5]);
    await until(async () => String(await committed(idle, topic)) === '-1,5', 'the offset to be forgotten');
    await sleep(1_000);
    expect((await committed(live, topic))[0]).toBe(5);
    expect(await leaveAs(client, live, member.memberId, null)).toBe(NONE);
    await until(async () => (await committed(live, topic))[0] === -1, "the former member's offset to be forgotten");
  });
}
