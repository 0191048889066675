import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseReceivers } from './parse-receivers.js';
import { alertOf } from './testing/alerts.js';

const SECRETS: Record<string, string> = {
  WARD: 'a secret of 24 characters',
  SHORT: 'too short',
  TOKEN: 'token',
  FOREIGN: 'tök→en',
  '/run/secrets/ward': ' a secret in a file, with a line end\n',
};
const secretAt = (place: { env: string } | { file: string }) => SECRETS['env' in place ? place.env : place.file];
const parse = (text: string) => parseReceivers(text, 'ward.yaml', secretAt);

const WHOLE = `receivers:
  - name: ward
    kind: webhook
    url: https://pager.example.org/eupnea
    secret: { env: WARD }
  - name: cluster
    kind: alertmanager
    url: http://10.0.0.5:9093
    allowAddresses: [10.0.0.0/8]
    bearerToken: { env: TOKEN }
    resendEvery: 30s
routes:
  - match: { severity: [critical], rule: ['heavy-*'] }
    receivers: [ward, cluster]
  - match: { labels: { team: care } }
    receivers: [cluster]
  - match: { subject: [bert] }
    receivers: [ward]
`;

describe('receivers and routes', () => {
  test('are read with their defaults', () => {
    const [ward, cluster] = parse(WHOLE).all;
    expect(ward).toMatchObject({
      name: 'ward',
      timeout: 10_000,
      retry: { tries: 15, first: 1_000, longest: 120_000 },
      secretValue: SECRETS['WARD'],
    });
    expect(cluster).toMatchObject({ resendEvery: 30_000, resolveAfter: 900_000, secretValue: 'token' });
  });

  test('give an alert to the receivers of every route that fits, each once', () => {
    const { routesOf } = parse(WHOLE);
    expect(routesOf(alertOf())).toEqual(['ward', 'cluster']);
    expect(routesOf(alertOf({ severity: 'info' }))).toEqual(['cluster']);
    expect(routesOf(alertOf({ severity: 'info', labels: {}, subjectId: 'bert' }))).toEqual(['ward']);
    expect(routesOf(alertOf({ severity: 'info', labels: {} }))).toEqual([]);
  });

  test('read a secret from a file, without the line end around it', () => {
    const [ward] = parse(WHOLE.replace('{ env: WARD }', '{ file: /run/secrets/ward }')).all;
    expect(ward?.secretValue).toBe('a secret in a file, with a line end');
  });

  test('without https connect only to what is allowed', () => {
    const addresses = parse(WHOLE).all.map((receiver) => receiver.addresses);
    expect(addresses.map((policy) => policy.permits('8.8.8.8'))).toEqual([true, false]);
    expect(addresses.map((policy) => policy.permits('10.0.0.5'))).toEqual([false, true]);
  });
});

test('the example of docs/alerting.md is one', () => {
  const page = readFileSync(new URL('../../../docs/alerting.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n(receivers:.*?)```/s.exec(page) ?? [];
  const { all } = parseReceivers(example, 'alerting.md', () => 'a secret of 24 characters');
  expect(all.map(({ name }) => name)).toEqual(['ward-pager', 'cluster']);
});

describe('faults are named with file, line and reason', () => {
  test.each([
    [
      'url: https://pager.example.org/eupnea',
      'url: ftp://pager.example.org',
      'ward.yaml:4: receivers.0.url: expected a URL',
    ],
    [
      'url: https://pager.example.org/eupnea',
      'url: http://pager.example.org',
      'ward.yaml:4: receivers.0.url: without https',
    ],
    [
      'url: https://pager.example.org/eupnea',
      'url: https://2130706433/',
      'ward.yaml:4: receivers.0.url: 127.0.0.1 may not',
    ],
    [
      'url: https://pager.example.org/eupnea',
      'url: "https://[::ffff:a00:1]/"',
      'ward.yaml:4: receivers.0.url: ::ffff:a00:1 may',
    ],
    [
      'url: https://pager.example.org/eupnea',
      'url: https://u:p@example.org/',
      'ward.yaml:4: receivers.0.url: a URL here holds no',
    ],
    ['secret: { env: WARD }', 'secret: hunter2hunter2hunter2', 'ward.yaml:5: receivers.0.secret: Invalid input'],
    [
      'secret: { env: WARD }',
      'secret: { env: WARD, file: x }',
      'ward.yaml:5: receivers.0.secret: expected either env or file',
    ],
    [
      'secret: { env: WARD }',
      'secret: { env: NONE }',
      'ward.yaml:5: receivers.0.secret: there is nothing in the environment variable NONE',
    ],
    ['secret: { env: WARD }', 'secret: { env: SHORT }', 'ward.yaml:5: receivers.0.secret: a secret has at least 16'],
    [
      '{ env: TOKEN }',
      '{ env: FOREIGN }',
      'ward.yaml:10: receivers.1.bearerToken: a token for a header holds printable',
    ],
    ['10.0.0.5:9093', '10.0.0.5:9093/?tenant=a', "ward.yaml:8: receivers.1.url: the API's path is put behind it"],
    ['kind: webhook', 'kind: pager', 'ward.yaml:3: receivers.0.kind: expected kind: webhook or alertmanager'],
    ['name: cluster', 'name: ward', 'ward.yaml:6: receivers.1.name: the name is taken'],
    ['resendEvery: 30s', 'resendEvery: 30m', 'resolveAfter: expected at least three times resendEvery'],
    ['resendEvery: 30s', 'resend: 30s', "ward.yaml:11: unknown key 'receivers.1.resend'"],
    ['[10.0.0.0/8]', '[10.0.0.0/8, intranet]', 'ward.yaml:9: receivers.1.allowAddresses.1: expected a network'],
    ['receivers: [cluster]', 'receivers: [clutser]', "ward.yaml:16: there is no receiver 'clutser'"],
    ['severity: [critical]', 'severity: [fatal]', 'ward.yaml:13: routes.0.match.severity.0: Invalid option'],
    ['receivers: [ward, cluster]', 'receivers: [cluster]\n    extra: 1', "ward.yaml:15: unknown key 'routes.0.extra'"],
  ])('%s becomes %s', (before, after, reason) => {
    expect(() => parse(WHOLE.replace(before, after))).toThrow(reason);
  });

  test('and none of them holds a secret', () => {
    const fault = (() => {
      try {
        parse(WHOLE.replace('env: WARD', 'env: SHORT'));
      } catch (error) {
        return String((error as Error).message);
      }
      return undefined;
    })();
    expect(fault).not.toContain(SECRETS['SHORT']);
  });

  test('a receiver to which no route leads is one', () => {
    const text = WHOLE.replace('[ward, cluster]', '[cluster]').replace('receivers: [ward]\n', 'receivers: [cluster]\n');
    expect(() => parse(text)).toThrow("ward.yaml:2: no route leads to 'ward'");
  });
});
