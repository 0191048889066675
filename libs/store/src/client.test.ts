import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { isUnavailable } from './client.js';

const refusal = (code: string, type: string) => new ClickHouseError({ message: 'no', code, type });

test.each([
  ['202', 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  ['243', 'NOT_ENOUGH_SPACE'],
  ['75', 'CANNOT_WRITE_TO_FILE_DESCRIPTOR'],
  ['225', 'NO_ZOOKEEPER'],
  ['319', 'UNKNOWN_STATUS_OF_INSERT'],
  ['394', 'QUERY_WAS_CANCELLED'],
  ['999', 'KEEPER_EXCEPTION'],
])('a server that cannot work now is waited for: %s %s', (code, type) => {
  expect(isUnavailable(refusal(code, type))).toBe(true);
});

test.each([
  ['60', 'UNKNOWN_TABLE'],
  ['516', 'AUTHENTICATION_FAILED'],
  ['27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
])('what does not heal by waiting is told at once: %s %s', (code, type) => {
  expect(isUnavailable(refusal(code, type))).toBe(false);
});

test('a connection that is refused, cut or silent is waited for, a fault of ours is not', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']) {
    expect(isUnavailable(Object.assign(new Error('no'), { code }))).toBe(true);
  }
  expect(isUnavailable(new Error('Timeout error.'))).toBe(true);
  expect(isUnavailable(new TypeError('undefined is no function'))).toBe(false);
});
