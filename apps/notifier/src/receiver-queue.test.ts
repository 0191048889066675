import { describe, expect, test, vi } from 'vitest';
import type { Attempt } from './attempt.js';
import { ReceiverQueue } from './receiver-queue.js';

const DELIVERED: Attempt = { kind: 'delivered' };
const AWAY: Attempt = { kind: 'again', reason: 'status 503', askedMs: 0 };
const retry = { tries: 3, firstMs: 1, longestMs: 2 };
const { signal } = new AbortController();

/** A try that ends when it is told to. */
function heldAttempt() {
  let end: (result: Attempt) => void = () => undefined;
  const result = new Promise<Attempt>((resolve) => (end = resolve));
  return { attempt: vi.fn(() => result), end };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('deliveries to one receiver', () => {
  test('are tried until one works, at most as often as the schedule has tries', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 10, concurrency: 2 });
    const works = vi.fn<() => Promise<Attempt>>().mockResolvedValue(DELIVERED).mockResolvedValueOnce(AWAY);
    expect(await queue.add({ lane: 'a', attempt: works, retry, signal })).toEqual(DELIVERED);
    expect(works).toHaveBeenCalledTimes(2);
    const fails = vi.fn(() => Promise.resolve(AWAY));
    expect(await queue.add({ lane: 'a', attempt: fails, retry, signal })).toEqual({
      kind: 'failed',
      code: 'DELIVERY_FAILED',
      reason: 'status 503, after 3 tries',
    });
    expect(fails).toHaveBeenCalledTimes(3);
  });

  test('are given up at once where no try would help', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 10, concurrency: 2 });
    const attempt = vi.fn(() => Promise.resolve<Attempt>({ kind: 'refused', code: 'DELIVERY_REFUSED', reason: 'x' }));
    expect(await queue.add({ lane: 'a', attempt, retry, signal })).toMatchObject({ kind: 'failed', reason: 'x' });
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  test('keep their order within a lane, whatever fails, and wait for no other lane', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 10, concurrency: 2 });
    const first = heldAttempt();
    const second = vi.fn(() => Promise.resolve(DELIVERED));
    const held = queue.add({ lane: 'a', attempt: first.attempt, retry: { ...retry, tries: 1 }, signal });
    const behind = queue.add({ lane: 'a', attempt: second, retry, signal });
    const beside = queue.add({ lane: 'b', attempt: () => Promise.resolve(DELIVERED), retry, signal });
    expect(await beside).toEqual(DELIVERED);
    expect(second).not.toHaveBeenCalled();
    first.end(AWAY);
    expect(await held).toMatchObject({ kind: 'failed' });
    expect(await behind).toEqual(DELIVERED);
    await settled();
    expect([queue.size, queue.isIdle('a')]).toEqual([0, true]);
  });

  test('are at most so many at once; one that waits for its next try holds no place', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 10, concurrency: 1 });
    const waits = vi
      .fn<() => Promise<Attempt>>()
      .mockResolvedValue(DELIVERED)
      .mockResolvedValueOnce({ ...AWAY, askedMs: 20 });
    const patient = queue.add({ lane: 'a', attempt: waits, retry, signal });
    const held = heldAttempt();
    const second = queue.add({ lane: 'b', attempt: held.attempt, retry, signal });
    const third = vi.fn(() => Promise.resolve(DELIVERED));
    const last = queue.add({ lane: 'c', attempt: third, retry, signal });
    await settled();
    expect([held.attempt, third].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
    held.end(DELIVERED);
    expect(await Promise.all([patient, second, last])).toEqual([DELIVERED, DELIVERED, DELIVERED]);
  });

  test('are refused where too many wait already', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 1, concurrency: 1 });
    const held = heldAttempt();
    const first = queue.add({ lane: 'a', attempt: held.attempt, retry, signal });
    expect(await queue.add({ lane: 'b', attempt: held.attempt, retry, signal })).toMatchObject({
      kind: 'failed',
      code: 'RECEIVER_OVERLOADED',
    });
    held.end(DELIVERED);
    await first;
    expect(await queue.add({ lane: 'b', attempt: held.attempt, retry, signal })).toEqual(DELIVERED);
  });

  test('are abandoned where the partition was given away, or the queue is closed, without another try', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 10, concurrency: 1 });
    const given = new AbortController();
    const attempt = vi.fn(() => Promise.resolve<Attempt>({ ...AWAY, askedMs: 3_600_000 }));
    const waiting = queue.add({ lane: 'a', attempt, retry, signal: given.signal });
    await settled();
    given.abort();
    expect(await waiting).toEqual({ kind: 'abandoned' });
    void queue.close();
    expect(await queue.add({ lane: 'b', attempt, retry, signal })).toEqual({ kind: 'abandoned' });
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  test('that are under way may end before the queue is closed', async () => {
    const queue = new ReceiverQueue({ mostWaiting: 10, concurrency: 1 });
    const held = heldAttempt();
    const delivery = queue.add({ lane: 'a', attempt: held.attempt, retry, signal });
    await settled();
    let isClosed = false;
    const closed = queue.close().then(() => (isClosed = true));
    await settled();
    expect(isClosed).toBe(false);
    held.end(DELIVERED);
    await closed;
    expect(await delivery).toEqual(DELIVERED);
  });
});
