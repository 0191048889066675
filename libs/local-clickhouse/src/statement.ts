import type { IncomingHttpHeaders } from 'node:http';
import { ClickhouseException } from './exception.js';
import { DEFAULT_FORMAT } from './formats.js';

/** One request in the engine's terms. */
export interface Statement {
  queryId: string | undefined;
  database: string | undefined;
  defaultFormat: string;
  /** Settings of this request alone. */
  settings: Map<string, string>;
  /** Values of {name:Type} placeholders, in the text form of the HTTP interface. */
  parameters: Map<string, string>;
  /** The whole statement; an INSERT's data stand behind it. */
  query: Buffer;
  /** The request wants a compressed answer if it says that it can read one. */
  compressAnswer: boolean;
}

/** Known to the HTTP interface alone; the engine would refuse them as settings. */
const WITHOUT_MEANING_HERE = new Set([
  'user',
  'password',
  'quota_key',
  'role',
  'wait_end_of_query',
  'buffer_size',
  'stacktrace',
  'async_insert', // an embedded engine has no queue of its own: every insert is in the table when it is answered
  'wait_for_async_insert',
]);
const NOT_HERE: Record<string, string> = {
  session_id: 'sessions',
  compress: 'the native compression (compress=1); use gzip',
  decompress: 'the native compression (decompress=1); use gzip',
};
const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * Reads URL, headers and body as the server does: query parameter and body together are the statement.
 * @throws ClickhouseException NOT_IMPLEMENTED, UNKNOWN_SETTING, SYNTAX_ERROR
 */
export function parseStatement(url: URL, headers: IncomingHttpHeaders, body: Buffer, version: string): Statement {
  const statement: Statement = {
    queryId: undefined,
    database: headerOf(headers, 'x-clickhouse-database'),
    defaultFormat: headerOf(headers, 'x-clickhouse-format') ?? DEFAULT_FORMAT,
    settings: new Map(),
    parameters: new Map(),
    query: body,
    compressAnswer: false,
  };
  for (const [name, value] of url.searchParams) {
    if (name === 'query') {
      const query = Buffer.from(value);
      statement.query = body.length > 0 ? Buffer.concat([query, Buffer.from('\n'), body]) : query;
    } else if (name === 'query_id') statement.queryId = value;
    else if (name === 'database') statement.database = value;
    else if (name === 'default_format') statement.defaultFormat = value;
    else if (name === 'enable_http_compression') statement.compressAnswer = value === '1' || value === 'true';
    else if (name.startsWith('param_')) statement.parameters.set(name.slice('param_'.length), value);
    else if (NOT_HERE[name] !== undefined && value !== '0' && value !== '') {
      throw new ClickhouseException(48, 'NOT_IMPLEMENTED', `The local server has no ${NOT_HERE[name]}.`, version);
    } else if (!WITHOUT_MEANING_HERE.has(name) && NOT_HERE[name] === undefined) statement.settings.set(name, value);
  }
  for (const name of [...statement.settings.keys(), ...statement.parameters.keys()]) {
    if (!NAME.test(name)) throw new ClickhouseException(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`, version);
  }
  if (!/\S/.test(statement.query.toString('latin1', 0, 1_000))) {
    throw new ClickhouseException(62, 'SYNTAX_ERROR', 'Syntax error: failed at position 1 (end of query).', version);
  }
  return statement;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** What a fresh connection runs before the statement, so that nothing leaks into the next request. */
export function preambleOf(statement: Statement, readOnly: boolean): string[] {
  const assignments = [
    'implicit_select = 0', // the embedded engine takes a bare expression for a SELECT, a server does not
    ...[...statement.settings].map(([name, value]) => `${name} = ${quote(value)}`),
    ...[...statement.parameters].map(([name, value]) => `param_${name} = ${quote(value)}`),
  ];
  const use = statement.database ? [`USE \`${statement.database.replaceAll(/[\\`]/g, '\\$&')}\``] : [];
  return [...use, `SET ${assignments.join(', ')}`, ...(readOnly ? ['SET readonly = 2'] : [])];
}

const COMMENTS_AND_INSERT = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*INSERT\b/i;
const LONGEST_COMMENT = 16_384;

/** Where an INSERT's keyword ends, or undefined for any other statement. */
export function endOfInsertKeyword(query: Buffer): number | undefined {
  return COMMENTS_AND_INSERT.exec(query.toString('latin1', 0, LONGEST_COMMENT))?.[0].length;
}
