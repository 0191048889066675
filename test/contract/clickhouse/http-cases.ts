import { execFile, spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
/** Errors are expected here. */
const SILENT = { level: ClickHouseLogLevel.OFF };

export interface ServerUnderTest {
  url: string;
  stop(): Promise<unknown>;
}

const curlAnswers = spawnSync('curl', ['--version']).status === 0;

/** A case that asks by curl too; where there is none, it is skipped with its reason. */
const curlTest = (name: string, body: () => Promise<void>): void =>
  curlAnswers ? test(name, body) : test.skip(`${name} [skipped: curl is not installed]`, body);

/** What we rely on in ClickHouse's HTTP interface, by the official client and by plain curl; the same for every server. */
export function httpCases(start: () => Promise<ServerUnderTest>): void {
  let server: ServerUnderTest;
  let client: ClickHouseClient;
  let administrator: ClickHouseClient;

  beforeAll(async () => {
    server = await start();
    administrator = createClient({ url: server.url, log: SILENT });
    client = createClient({
      url: server.url,
      database: 'contract',
      log: SILENT,
      compression: { request: true, response: true },
    });
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    await administrator?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    await administrator.command({ query: 'DROP DATABASE IF EXISTS contract' });
    await administrator.command({ query: 'CREATE DATABASE contract' });
    await client.command({
      query: `CREATE TABLE events (id UInt32, name String, at DateTime64(3, 'UTC'), tags Array(String))
        ENGINE = ReplacingMergeTree ORDER BY id`,
    });
  });

  const curl = async (...options: string[]) => (await run('curl', ['--silent', ...options])).stdout;
  const rowsOf = async (query: string, parameters: Record<string, unknown> = {}) =>
    (await client.query({ query, query_params: parameters, format: 'JSONEachRow' })).json<Record<string, unknown>>();
  const event = (id: number, name = `name ${id}`) => ({ id, name, at: '2026-11-23 19:42:00.123', tags: ['a'] });
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.unreachable('the server took it'),
      (error: unknown) => error as ClickHouseError,
    );

  curlTest('/ping answers Ok., to curl and to the client', async () => {
    expect(await curl(`${server.url}/ping`)).toBe('Ok.\n');
    expect(await curl(`${server.url}/`)).toBe('Ok.\n');
    expect(await client.ping()).toMatchObject({ success: true });
  });

  curlTest('a query stands in the URL, in the body, or in both', async () => {
    expect(await curl(`${server.url}/?query=SELECT%201`)).toBe('1\n');
    expect(await curl(server.url, '--data-binary', 'SELECT 2')).toBe('2\n');
    expect(await curl(`${server.url}/?query=SELECT`, '--data-binary', '3')).toBe('3\n');
    const insert = encodeURIComponent('INSERT INTO contract.events (id, name) FORMAT CSV');
    expect(await curl(`${server.url}/?query=${insert}`, '--data-binary', '1,"one, two"\n2,three')).toBe('');
    await curl(server.url, '--data-binary', "INSERT INTO contract.events (id, name) VALUES (3, 'a;b'), (4, '\"')");
    expect(await rowsOf('SELECT id, name FROM events ORDER BY id')).toEqual([
      { id: 1, name: 'one, two' },
      { id: 2, name: 'three' },
      { id: 3, name: 'a;b' },
      { id: 4, name: '"' },
    ]);
  });

  curlTest('parameters of every type that we use arrive as they were, hostile ones included', async () => {
    const hostile = 'tab\t newline\n quote\' double" backslash\\ \\N {x:String} ; DROP TABLE events -- ü 息';
    const [row] = await rowsOf(
      `SELECT {s:String} AS s, {i:Int64} AS i, {u:UInt32} AS u, {f:Float64} AS f, {b:Bool} AS b, {n:Nullable(String)} AS n,
        {strings:Array(String)} AS strings, {ints:Array(Int64)} AS ints, {m:Map(String, UInt8)} AS m,
        toUnixTimestamp64Milli({d:DateTime64(3, 'UTC')}) AS d`,
      {
        s: hostile,
        i: -9_007_199_254_740_991,
        u: 4_294_967_295,
        f: 0.1,
        b: true,
        n: null,
        strings: [hostile, ''],
        ints: [1, -2],
        m: { a: 1 },
        d: new Date(1_795_463_320_123),
      },
    );
    expect({
      ...row,
      i: Number(row?.['i']),
      d: Number(row?.['d']),
      ints: (row?.['ints'] as unknown[]).map(Number),
    }).toEqual({
      s: hostile,
      i: -9_007_199_254_740_991,
      u: 4_294_967_295,
      f: 0.1,
      b: true,
      n: null,
      strings: [hostile, ''],
      ints: [1, -2],
      m: { a: 1 },
      d: 1_795_463_320_123,
    });
    expect(await rowsOf('SELECT count() = 0 AS empty FROM {t:Identifier}', { t: 'events' })).toHaveLength(1);
    expect(await curl(`${server.url}/?param_x=a%5Ctb`, '--data-binary', 'SELECT length({x:String})')).toBe('3\n');
  });

  test.each(['JSON', 'JSONEachRow', 'JSONCompact', 'JSONCompactEachRow', 'CSV', 'TabSeparatedWithNames'] as const)(
    'answers in %s and says so',
    async (format) => {
      const result = await client.query({ query: 'SELECT 7 AS x', format });
      expect(await result.text()).toContain('7');
      const { headers } = await fetch(`${server.url}/?query=SELECT%207%20AS%20x%20FORMAT%20${format}`);
      expect(headers.get('x-clickhouse-format')).toBe(format);
      const media = format.startsWith('JSON') ? /^application\/(x-nd)?json/ : /^text\/(csv|tab-separated-values)/;
      expect(headers.get('content-type')).toMatch(media);
    },
  );

  curlTest('default_format counts where the query names none', async () => {
    expect(await curl(`${server.url}/?default_format=JSONCompactEachRow&query=SELECT%201,2`)).toBe(
      '[1, 2]\n'.replace(' ', ' '),
    );
    expect(await curl(`${server.url}/?default_format=JSON&query=SELECT%201%20FORMAT%20CSV`)).toBe('1\n');
  });

  test('binary formats go out and in unharmed', async () => {
    const bytes = Buffer.from(
      await (
        await fetch(`${server.url}/?query=SELECT+toUInt32(9)+AS+id,unhex('00FFFE0A')+AS+name+FORMAT+Native`)
      ).arrayBuffer(),
    );
    const insert = encodeURIComponent('INSERT INTO contract.events (id, name) FORMAT Native');
    const answer = await fetch(`${server.url}/?query=${insert}`, { method: 'POST', body: bytes });
    expect(answer.status).toBe(200);
    expect(await rowsOf('SELECT id, hex(name) AS name FROM events')).toEqual([{ id: 9, name: '00FFFE0A' }]);
  });

  test('rows go in as arrays and as Node streams, compressed, and the summary counts them', async () => {
    const { summary } = await client.insert({ table: 'events', values: [event(1), event(2)], format: 'JSONEachRow' });
    expect(summary?.written_rows).toBe('2');
    await client.insert({ table: 'events', values: Readable.from([event(3), event(4)]), format: 'JSONEachRow' });
    await client.insert({
      table: 'events',
      columns: ['id', 'name'],
      values: [[5, 'five']],
      format: 'JSONCompactEachRow',
      clickhouse_settings: { async_insert: 0, insert_deduplicate: 0 },
    });
    expect(await rowsOf('SELECT toUInt32(count()) AS n, toUInt32(sum(id)) AS ids FROM events')).toEqual([
      { n: 5, ids: 15 },
    ]);
    expect(await rowsOf('SELECT id, at, tags FROM events WHERE id IN (1, 5) ORDER BY id')).toEqual([
      { id: 1, at: '2026-11-23 19:42:00.123', tags: ['a'] },
      { id: 5, at: '1970-01-01 00:00:00.000', tags: [] },
    ]);
  });

  test('rows come out as a stream', async () => {
    const result = await client.query({ query: 'SELECT number FROM numbers(100000)', format: 'JSONEachRow' });
    let seen = 0;
    for await (const rows of result.stream<{ number: number }>()) seen += rows.length;
    expect(seen).toBe(100_000);
  });

  curlTest('curl may send gzip and may be answered in gzip', async () => {
    const insert = encodeURIComponent('INSERT INTO contract.events (id, name) FORMAT JSONEachRow');
    const sent = await fetch(`${server.url}/?query=${insert}`, {
      method: 'POST',
      headers: { 'Content-Encoding': 'gzip' },
      body: gzipSync('{"id":1,"name":"packed"}\n'),
    });
    expect(sent.status).toBe(200);
    const url = `${server.url}/?enable_http_compression=1&query=SELECT%20name%20FROM%20contract.events`;
    const { stdout } = await run('curl', ['--silent', '-H', 'Accept-Encoding: gzip', url], { encoding: 'buffer' });
    expect(gunzipSync(stdout).toString()).toBe('packed\n');
    expect(await curl(url.replace('=1', '=0'), '-H', 'Accept-Encoding: gzip')).toBe('packed\n');
  });

  test('settings of one request hold for it alone', async () => {
    const setting = "SELECT toString(getSetting('max_block_size')) AS x";
    const before = await rowsOf(setting);
    const changed = await client.query({ query: setting, clickhouse_settings: { max_block_size: '777' } });
    expect((await changed.json<{ x: string }>()).data).toEqual([{ x: '777' }]);
    await client.insert({
      table: 'events',
      values: [event(1)],
      format: 'JSONEachRow',
      clickhouse_settings: { insert_deduplication_token: 'once', max_block_size: '778' },
    });
    expect(await rowsOf(setting)).toEqual(before);
    await client.insert({ table: 'events', values: [event(2)], format: 'JSONEachRow' });
    await client.insert({ table: 'events', values: [event(3)], format: 'JSONEachRow' });
    expect(await rowsOf('SELECT id FROM events ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  test.each([
    ['SELEC 1', '62', 'SYNTAX_ERROR', 400],
    ['SELECT * FROM nowhere', '60', 'UNKNOWN_TABLE', 404],
    ['SELECT nothing FROM events', '47', 'UNKNOWN_IDENTIFIER', 404],
    ['SELECT nofunction(1)', '46', 'UNKNOWN_FUNCTION', 404],
    ['SELECT {missing:String}', '456', 'UNKNOWN_QUERY_PARAMETER', undefined],
    ["SELECT throwIf(1, 'no')", '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', 500],
    ['SELECT 1 FORMAT Nonsense', '73', 'UNKNOWN_FORMAT', 404],
  ])('%s fails with code %s %s', async (query, code, type, status) => {
    const error = await failure(client.command({ query }));
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error.code).toBe(code);
    const answer = await fetch(`${server.url}/?database=contract`, { method: 'POST', body: query });
    if (status !== undefined) expect(answer.status).toBe(status);
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe(code);
    expect(await answer.text()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: [^]*\\(${type}\\) \\(version [^]*\\)\\n$`),
    );
  });

  test('unknown settings and databases, and rows that do not parse, are told with their codes', async () => {
    expect(
      await failure(client.command({ query: 'SELECT 1', clickhouse_settings: { nonsense: 1 } as never })),
    ).toMatchObject({ code: '115' });
    const elsewhere = createClient({ url: server.url, database: 'nowhere', log: SILENT });
    expect(await failure(elsewhere.command({ query: 'SELECT 1' }))).toMatchObject({ code: '81' });
    await elsewhere.close();
    const bad = client.insert({ table: 'events', values: [{ id: 'x' }], format: 'JSONEachRow' });
    expect(await failure(bad)).toMatchObject({ code: '27' });
    expect(await rowsOf('SELECT * FROM events')).toEqual([]);
  });

  test('GET only reads', async () => {
    const answer = await fetch(`${server.url}/?query=DROP%20DATABASE%20contract`);
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('164');
  });

  curlTest('credentials may be sent as headers or basic authentication, and the query id comes back', async () => {
    const headers = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': '', 'X-ClickHouse-Database': 'contract' };
    const answer = await fetch(`${server.url}/?query_id=my-id&query=SELECT%20currentDatabase()`, { headers });
    expect(await answer.text()).toBe('contract\n');
    expect(answer.headers.get('x-clickhouse-query-id')).toBe('my-id');
    expect(JSON.parse(answer.headers.get('x-clickhouse-summary') ?? '{}')).toMatchObject({ read_rows: '1' });
    expect(await curl('--user', 'default:', `${server.url}/?query=SELECT%201`)).toBe('1\n');
  });

  test('many requests at once are all answered', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, k) => rowsOf('SELECT {k:UInt32} AS k', { k })));
    expect(answers.map(([row]) => row?.['k'])).toEqual(Array.from({ length: 60 }, (_, k) => k));
  });
}
