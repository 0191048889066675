import { expect, test, vi } from 'vitest';
import { createLogger } from '#libs/platform';
import { createKafka } from './kafka.js';

test.each([['a text'], [new Error('a text')]])('what kafkajs logs keeps its reason: %s', (error) => {
  const logger = createLogger('test', 'silent');
  const warn = vi.spyOn(logger, 'warn');
  createKafka(['localhost:1'], 'test', logger).logger().error('did not work', { error });
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ reason: 'a text' }), 'did not work');
});
