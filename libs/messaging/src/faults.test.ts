import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { callAdmin, isTransient, kafkaFault } from './faults.js';

test('a connection that stays refused through nested retries is transient all the same', () => {
  const refused = new kafkajs.KafkaJSConnectionError('refused', { broker: 'a:1' });
  const wrapped = Object.assign(new kafkajs.KafkaJSNonRetriableError(refused), { cause: refused });
  expect(isTransient(refused)).toBe(true);
  expect(isTransient(wrapped)).toBe(true);
});

test('a connection that kafkajs finds lost, and says so with a bare Error, is transient; a bug in its caller is not', () => {
  expect(isTransient(kafkaFault(new Error('Broker not connected')))).toBe(true);
  expect(isTransient(kafkaFault(new TypeError('x is not a function')))).toBe(false);
});

test('metadata that kafkajs lost with the connection is transient in a call of its admin', async () => {
  const lost = callAdmin(async () => {
    const { topicMetadata } = (await Promise.resolve(null)) as unknown as { topicMetadata: [] };
    return topicMetadata;
  });
  expect(await lost.catch(isTransient)).toBe(true);
  const refused = new kafkajs.KafkaJSNonRetriableError('refused');
  await expect(callAdmin(() => Promise.reject(refused))).rejects.toBe(refused);
});

test('what the broker refuses for good is not transient', () => {
  expect(isTransient(new kafkajs.KafkaJSNonRetriableError('refused'))).toBe(false);
  expect(isTransient(new Error('connect ECONNREFUSED'))).toBe(false);
});

test('a coordinator that is not found is looked for again', () => {
  const missing = Reflect.construct(kafkajs.KafkaJSGroupCoordinatorNotFound, ['not found']) as Error;
  expect(isTransient(missing)).toBe(true);
  expect(isTransient(Object.assign(new kafkajs.KafkaJSNonRetriableError(missing), { cause: missing }))).toBe(true);
});
