import { describe, expect, test } from 'vitest';
import { parseException } from './exception.js';
import { formatClauseOf } from './formats.js';
import { endOfInsertKeyword, parseStatement, preambleOf } from './statement.js';

const parse = (search: string, body = '', headers = {}) =>
  parseStatement(new URL(`http://localhost/?${search}`), headers, Buffer.from(body), '26.3');

describe('a request in the terms of the engine', () => {
  test('settings and parameters are quoted, so that no value leaves its place', () => {
    const statement = parse("query=SELECT+1&max_threads=2';DROP&param_x=a%5Ct'", '');
    expect(preambleOf(statement, true)).toEqual([
      "SET implicit_select = 0, max_threads = '2\\';DROP', param_x = 'a\\\\t\\''",
      'SET readonly = 2',
    ]);
    expect(preambleOf(parse('database=a`b\\', 'SELECT 1'), false)[0]).toBe('USE `a\\`b\\\\`');
  });

  test('a setting whose name is no name is refused', () => {
    expect(() => parse('query=SELECT+1&a=1&b%20=2')).toThrow(/UNKNOWN_SETTING/);
    expect(() => parse('query=SELECT+1&param_%27=2')).toThrow(/UNKNOWN_SETTING/);
  });

  test('what the local server has not is said, and what has no meaning here is ignored', () => {
    expect(() => parse('query=SELECT+1&session_id=s')).toThrow(/NOT_IMPLEMENTED/);
    expect(() => parse('query=SELECT+1&decompress=1')).toThrow(/NOT_IMPLEMENTED/);
    const harmless = parse('query=SELECT+1&decompress=0&wait_end_of_query=1&async_insert=1&user=u&password=p');
    expect([...harmless.settings]).toEqual([]);
  });

  test('an empty query is a syntax error', () => {
    expect(() => parse('', ' \n')).toThrow(/Code: 62.*SYNTAX_ERROR/);
  });

  test.each([
    ['INSERT INTO t VALUES (1)', 6],
    [' -- why\n/* what */ insert into t FORMAT CSV\n1', 25],
    ['SELECT 1 -- INSERT', undefined],
    ['INSERTED', undefined],
  ])('%j: the keyword INSERT ends at %s', (query, end) => {
    expect(endOfInsertKeyword(Buffer.from(query))).toBe(end);
  });

  test.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1 format CSV SETTINGS max_threads = 1;', 'CSV'],
    ['SELECT format FROM t', undefined],
  ])('%j asks for the format %s', (query, format) => {
    expect(formatClauseOf(query)).toBe(format);
  });
});

test('a nested exception is told once, with code, name and status', () => {
  const nested =
    'Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format Foo. (UNKNOWN_FORMAT) (version 26.7.2.1). (UNKNOWN_FORMAT)';
  const exception = parseException(nested, '26.7.2.1');
  expect(exception.message).toBe(
    'Code: 73. DB::Exception: Unknown format Foo. (UNKNOWN_FORMAT) (version 26.7.2.1 (official build))',
  );
  expect([exception.code, exception.httpStatus]).toEqual([73, 404]);
  expect(parseException('nonsense', '1')).toMatchObject({ code: 1002, httpStatus: 500 });
});
