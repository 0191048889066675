import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { isTransient } from './faults.js';

test('a connection that stays refused through nested retries is transient all the same', () => {
  const refused = new kafkajs.KafkaJSConnectionError('refused', { broker: 'a:1' });
  const wrapped = Object.assign(new kafkajs.KafkaJSNonRetriableError(refused), { cause: refused });
  expect(isTransient(refused)).toBe(true);
  expect(isTransient(wrapped)).toBe(true);
});

test('what the broker refuses for good is not transient', () => {
  expect(isTransient(new kafkajs.KafkaJSNonRetriableError('refused'))).toBe(false);
  expect(isTransient(new Error('connect ECONNREFUSED'))).toBe(false);
});
