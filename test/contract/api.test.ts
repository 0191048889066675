import { Kafka, Partitioners, type Producer, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BreathAlert, type BreathEstimate, TOPICS, encode } from '#libs/contracts';
import { Store } from '#libs/store';
import { sampleAlert } from '../support/sample-alert.js';
import { sampleEstimate } from '../support/sample-estimate.js';
import { Stack, eventually } from '../support/stack.js';

const SESSION_STARTED_AT = Date.now() - 600_000;

let stack: Stack;
let store: Store;
let producer: Producer;

beforeAll(async () => {
  stack = await Stack.start(['api']);
  store = new Store({ url: stack.clickhouseUrl });
  const windows = (subject: string, count: number) =>
    Array.from({ length: count }, (_, window) => sampleEstimate(subject, window, SESSION_STARTED_AT));
  await store.record([...windows('anna', 100), ...windows('a/b c', 3), ...windows('zoe', 1)]);
  producer = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING }).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
});
afterAll(async () => {
  await producer?.disconnect();
  await store?.close();
  await stack?.stop();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

async function get(path: string): Promise<Answer> {
  const response = await fetch(stack.url('api') + path);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

function publish(...estimates: BreathEstimate[]) {
  const messages = estimates.map((estimate) => ({
    key: estimate.subjectId,
    value: encode('BreathEstimate', estimate),
  }));
  return producer.send({ topic: TOPICS.estimates, messages });
}

/** Listens for events until `close`. */
async function listen(query = '', headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const response = await fetch(`${stack.url('api')}/v1/stream${query}`, { headers, signal: controller.signal });
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(part, { stream: true });
  })().catch(() => undefined);
  const events = () =>
    text.split('\n\n').flatMap((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === undefined) return [];
      const [, id = ''] = /^id: (.*)$/m.exec(block) ?? [];
      const [, event = ''] = /^event: (.*)$/m.exec(block) ?? [];
      return [{ id, event, data: JSON.parse(data) as Record<string, unknown> }];
    });
  const close = async () => {
    controller.abort();
    await reading;
  };
  return { response, events, close };
}

describe('history', () => {
  test('lists subjects page by page, in order, and everything says investigational', async () => {
    const first = await get('/v1/subjects?limit=2');
    expect(first.body).toMatchObject({
      investigational: true,
      subjects: [
        { subjectId: 'a/b c', windows: 3 },
        { subjectId: 'anna', windows: 100, latestRate: 15.5 },
      ],
      next: 'anna',
    });
    const second = await get('/v1/subjects?limit=2&after=anna');
    expect(second.body).toMatchObject({ subjects: [{ subjectId: 'zoe' }], next: null });
  });

  test('pages of estimates join without a gap or a repetition', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/v1/subjects/anna/estimates?limit=33${cursor && `&cursor=${cursor}`}`);
      seen.push(...(body['estimates'] as { windowStart: string }[]).map(({ windowStart }) => windowStart));
      cursor = (body['next'] as string | null) ?? '';
    } while (cursor !== '');
    const expected = Array.from({ length: 100 }, (_, n) => new Date(SESSION_STARTED_AT + n * 3_000).toISOString());
    expect(seen).toEqual(expected);
  });

  test('a range holds its start and not its end', async () => {
    const [from, to] = [SESSION_STARTED_AT + 3_000, SESSION_STARTED_AT + 9_000];
    const { body } = await get(`/v1/subjects/anna/estimates?from=${from}&to=${new Date(to).toISOString()}`);
    expect((body['estimates'] as { startSample: number }[]).map(({ startSample }) => startSample)).toEqual([
      48_000, 96_000,
    ]);
  });

  test('trends tell rate and coverage, and a subject id may hold anything', async () => {
    const minutes = await get('/v1/subjects/anna/trends/minutes');
    expect((minutes.body['minutes'] as object[])[1]).toMatchObject({ windows: 20, rrPerMinute: 15.5, coverage: 1 });
    const days = await get('/v1/subjects/a%2Fb%20c/trends/days?timeZone=Asia/Kathmandu');
    expect(days.body).toMatchObject({ timeZone: 'Asia/Kathmandu', days: [{ accepted: 3, rrPerMinute: 15.5 }] });
  });

  test.each([
    ['/v1/subjects/nobody/estimates', 404, 'SUBJECT_NOT_FOUND'],
    ['/v1/subjects/anna/estimates?cursor=bm9uZQ', 400, 'INVALID_PARAMETER'],
    ['/v1/subjects/anna/estimates?from=soon', 400, 'INVALID_PARAMETER'],
    ['/v1/nothing', 404, 'NOT_FOUND'],
  ])('%s is a problem with a code', async (path, status, code) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, investigational: true });
  });
});

describe('what the alerter told', () => {
  const at = SESSION_STARTED_AT;
  const ALERT_IDS = ['00000000-0000-5000-8000-000000000001', '00000000-0000-5000-8000-000000000002'] as const;

  beforeAll(async () => {
    await store.insertRates([
      {
        subjectId: 'anna',
        spanStart: at,
        spanSeconds: 60,
        ratePerMinute: 15.52,
        lowerPerMinute: null,
        upperPerMinute: 18.04,
        coverage: 0.5,
        receivedShare: 1,
        acceptedWindows: 10,
        restState: 'rest',
        timeZone: 'UTC',
        modelVersion: 'test',
      },
    ]);
    const [first, second] = ALERT_IDS.map((alertId, n) => sampleAlert('anna', at + n * 60_000, { alertId }));
    const over = sampleAlert('anna', at + 90_000, { ...first, sequence: 1, state: 'resolved', at: at + 90_000 });
    await store.insertAlerts([first, second, over].map((alert) => ({ alert: alert as BreathAlert, isLate: alert === second }))); // prettier-ignore
  });

  test('rates of spans, and no episode', async () => {
    const { body } = await get(`/v1/subjects/anna/rates?from=${at}`);
    expect(body).toMatchObject({
      investigational: true,
      rates: [{ spanStart: new Date(at).toISOString(), ratePerMinute: 15.5, lowerPerMinute: null, upperPerMinute: 18 }],
    });
    expect(await get('/v1/subjects/anna/episodes')).toMatchObject({ status: 200, body: { episodes: [] } });
    expect(await get('/v1/subjects/nobody/rates')).toMatchObject({ status: 404, body: { code: 'SUBJECT_NOT_FOUND' } });
  });

  test('alerts as they are now, page by page, and each of their changes', async () => {
    const first = await get('/v1/alerts?limit=1');
    expect(first.body).toMatchObject({
      investigational: true,
      alerts: [{ alertId: ALERT_IDS[1], state: 'firing', late: true, value: 31.25, labels: { team: 'care' } }],
    });
    const second = await get(`/v1/alerts?limit=1&cursor=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({
      alerts: [{ alertId: ALERT_IDS[0], state: 'resolved', late: false }],
      next: null,
    });
    expect((await get('/v1/alerts?state=resolved&subjectId=anna')).body['alerts']).toHaveLength(1);
    const changes = await get(`/v1/alerts/${ALERT_IDS[0]}`);
    expect(changes.body).toMatchObject({
      changes: [
        { sequence: 0, state: 'firing' },
        { sequence: 1, state: 'resolved' },
      ],
    });
  });

  test('an unknown alert, an id and a cursor that are none', async () => {
    const unknown = await get('/v1/alerts/00000000-0000-5000-8000-00000000000f');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'ALERT_NOT_FOUND' } });
    for (const path of [
      '/v1/alerts/x',
      '/v1/alerts?cursor=x',
      '/v1/alerts?state=pending',
      '/v1/alerts?severity=high',
    ]) {
      expect(await get(path)).toMatchObject({ status: 400, body: { code: 'INVALID_PARAMETER' } });
    }
  });
});

describe('live events', () => {
  test('alerts arrive beside estimates, or alone', async () => {
    const [both, alone] = [await listen('?subjectId=kim'), await listen('?event=alert')];
    const late = Date.now() - 3_600_000;
    await publish(sampleEstimate('kim', 0, SESSION_STARTED_AT));
    await producer.send({
      topic: TOPICS.alerts,
      messages: [{ key: 'kim', value: encode('BreathAlert', sampleAlert('kim', late)) }],
    });
    await eventually('both kinds', async () => both.events().length, (count) => count === 2, 10_000); // prettier-ignore
    await eventually('the alert', async () => alone.events().length, (count) => count === 1, 10_000); // prettier-ignore
    expect(alone.events()[0]).toMatchObject({ event: 'alert', data: { subjectId: 'kim', late: true, sequence: 0 } });
    expect(both.events().map(({ event }) => event).sort()).toEqual(['alert', 'estimate']); // prettier-ignore
    await both.close();
    await alone.close();
  });

  test('every new estimate arrives, or only those of the subject that was asked for', async () => {
    const [all, one] = [await listen(), await listen('?subjectId=leo')];
    expect(all.response.headers.get('content-type')).toContain('text/event-stream');
    await publish(sampleEstimate('mia', 0, SESSION_STARTED_AT), sampleEstimate('leo', 0, SESSION_STARTED_AT));
    await eventually(
      'both',
      async () => all.events().length,
      (count) => count === 2,
      10_000,
    );
    await eventually(
      'one',
      async () => one.events().length,
      (count) => count === 1,
      10_000,
    );
    expect(one.events()[0]).toMatchObject({
      event: 'estimate',
      data: { subjectId: 'leo', rrPerMinute: 15.5, windowSeconds: 6, investigational: true },
    });
    await all.close();
    await one.close();
  });

  test('a client that comes back gets exactly what it missed', async () => {
    const before = await listen('?subjectId=ida');
    await publish(sampleEstimate('ida', 0, SESSION_STARTED_AT));
    await eventually(
      'the first',
      async () => before.events().length,
      (count) => count === 1,
      10_000,
    );
    await before.close();
    const watcher = await listen('?subjectId=ida');
    await publish(...[1, 2].map((window) => sampleEstimate('ida', window, SESSION_STARTED_AT)));
    await eventually(
      'the others',
      async () => watcher.events().length,
      (count) => count === 2,
      10_000,
    );
    await watcher.close();
    const again = await listen('?subjectId=ida', { 'Last-Event-ID': before.events()[0]?.id as string });
    await eventually(
      'what was missed',
      async () => again.events().length,
      (count) => count === 2,
      10_000,
    );
    expect(again.events().map(({ data }) => data['startSample'])).toEqual([48_000, 96_000]);
    await again.close();
  });

  test('the status counts the streams that are heard', async () => {
    await publish(sampleEstimate('eva', 0, SESSION_STARTED_AT));
    const { body } = await eventually(
      'streams',
      () => get('/v1/status'),
      (answer) => (answer.body['streams'] as number) > 0,
      10_000,
    );
    expect(body).toMatchObject({ investigational: true, store: 'ok', estimates: 104 });
  });
});

test('the OpenAPI document names every path, its parameters and its answers', async () => {
  const { body } = await get('/docs/openapi.json');
  const paths = body['paths'] as Record<string, { get: { parameters: { name: string }[]; responses: object } }>;
  const estimates = paths['/v1/subjects/{subjectId}/estimates'];
  const names = estimates?.get.parameters.map(({ name }) => name);
  expect(names?.sort()).toEqual(['cursor', 'from', 'limit', 'subjectId', 'to']);
  expect(JSON.stringify(estimates?.get.responses)).toContain('#/components/schemas/Estimates');
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/stream', '/v1/status', '/v1/subjects']));
  expect(JSON.stringify(body)).not.toContain('"$ref":"#/$defs');
});

describe('while the store is away', () => {
  test('history answers 503 with a time to try again, events go on, and it heals by itself', async () => {
    await stack.kill('local-clickhouse', 'SIGTERM');
    const answer = await get('/v1/subjects');
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await eventually(
      'not ready',
      () => fetch(`${stack.url('api')}/health/ready`),
      ({ status }) => status === 503,
      10_000,
    );

    const events = await listen();
    await publish(sampleEstimate('uwe', 0, SESSION_STARTED_AT));
    await eventually(
      'an event',
      async () => events.events().length,
      (count) => count > 0,
      10_000,
    );
    await events.close();

    await stack.run('local-clickhouse');
    await eventually(
      'the store again',
      () => get('/v1/subjects'),
      ({ status }) => status === 200,
      20_000,
    );
    await stack.ready('api');
  });
});

test('an open event stream does not hold up the stop', async () => {
  const events = await listen();
  expect(await stack.kill('api', 'SIGTERM')).toBeLessThan(2_000);
  await events.close();
});
