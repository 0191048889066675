import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AlertControl } from '#libs/alert-control';
import { type BreathAlert, TOPICS, deadLetterTopic, derivedId, encode } from '#libs/contracts';
import { WEBHOOK_HEADERS, verifySignature } from '#libs/delivery';
import { LogProducer, readDeadLetter } from '#libs/messaging';
import { recordsIn } from '../integrity/oracle/read-topic.js';
import { AlertReceiver, type HeardRequest } from '../support/alert-receiver.js';
import { sampleAlert } from '../support/sample-alert.js';
import { Alertmanager, WITHOUT_ALERTMANAGER, hasAlertmanager } from '../support/alertmanager.js';
import { describeIf } from '../support/describe-if.js';
import { freePort } from '../support/free-port.js';
import { Stack, eventually, runCommand } from '../support/stack.js';

const SECRET = 'the secret of a receiver in tests';
/** Below what the services of a loaded machine may take. */
const PATIENCE_MS = 30_000;

let stack: Stack;
let receiver: AlertReceiver;
let kafka: Kafka;
let producer: LogProducer;
let alertmanagerPort: number;

beforeAll(async () => {
  receiver = await AlertReceiver.start();
  alertmanagerPort = await freePort();
  stack = await Stack.start([], {
    CLICKHOUSE_URL: 'none',
    LOG_LEVEL: 'warn',
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    WARD_SECRET: SECRET,
  });
  const file = join(stack.home, 'receivers.yaml');
  const webhook = (name: string, host = '127.0.0.1', allowed = '127.0.0.1') => `
  - name: ${name}
    kind: webhook
    url: http://${host}:${receiver.port}/${name}
    allowAddresses: [${allowed}]
    secret: { env: WARD_SECRET }
    retry: { tries: ${name === 'broken' ? 2 : 5}, first: 1s, longest: 2s }`;
  const route = (scenario: string, names: string) => `
  - { match: { labels: { scenario: ${scenario} } }, receivers: [${names}] }`;
  writeFileSync(
    file,
    `receivers:${['ward', 'flaky', 'broken', 'moved'].map((name) => webhook(name)).join('')}${webhook('inside', 'localhost', '10.0.0.0/8')}
  - name: cluster
    kind: alertmanager
    url: http://127.0.0.1:${alertmanagerPort}
    allowAddresses: [127.0.0.1]
    resendEvery: 1s
    resolveAfter: 3s
routes:${route("'ward*'", 'ward')}${route('flaky', 'flaky')}${route('broken', 'broken, ward')}${route('moved', 'moved')}${route('inside', 'inside')}${route('cluster', 'cluster')}
`,
  );
  stack.set('NOTIFIER_CONFIG', file);
  kafka = new Kafka({ brokers: [stack.kafkaBrokers], logLevel: logLevel.NOTHING });
  producer = new LogProducer(kafka);
  await stack.run('notifier');
});
afterAll(async () => {
  await producer?.disconnect();
  await stack?.stop();
  await receiver?.close();
});

/** A person's alert that fired a moment ago; the scenario decides who is told. */
const scenarioAlert = (subjectId: string, scenario: string, changes: Partial<BreathAlert> = {}): BreathAlert =>
  sampleAlert(subjectId, Date.now() - 5_000, {
    alertId: derivedId(subjectId, scenario),
    ruleId: 'heavy-at-rest',
    severity: 'critical',
    labels: { scenario },
    ...changes,
  });

const publish = (...alerts: BreathAlert[]) =>
  producer.append(
    alerts.map((alert) => ({ topic: TOPICS.alerts, key: alert.subjectId, value: encode('BreathAlert', alert) })),
  );

const keyOf = ({ headers }: HeardRequest) => String(headers[WEBHOOK_HEADERS.idempotencyKey]);
const heardOf = (alert: BreathAlert, path: string) =>
  receiver.at(path).filter((request) => keyOf(request).startsWith(alert.alertId));
const hears = (alert: BreathAlert, path: string, times: number) =>
  eventually(
    `${times} requests at ${path}`,
    () => Promise.resolve(heardOf(alert, path)),
    (heard) => heard.length >= times,
    PATIENCE_MS,
  );
const isSigned = ({ headers, body, atMs }: HeardRequest) =>
  verifySignature({
    secret: SECRET,
    body,
    timestamp: headers[WEBHOOK_HEADERS.timestamp] as string,
    signature: headers[WEBHOOK_HEADERS.signature] as string,
    nowMs: atMs,
  }) === undefined;

const deadLettersOf = async (alert: BreathAlert) =>
  [...(await recordsIn(kafka, deadLetterTopic(TOPICS.alerts))).values()]
    .flat()
    .filter(({ key }) => key?.toString() === alert.subjectId)
    .map((record) => readDeadLetter(record));
const isSetAside = (alert: BreathAlert) =>
  eventually(
    'a dead letter',
    () => deadLettersOf(alert),
    (letters) => letters.length > 0,
    PATIENCE_MS,
  );

describe.concurrent('beside each other', () => {
  describe('webhooks', () => {
    test('tell of a firing and its end, in order, signed, and of nothing that is suppressed or late', async () => {
      const late = scenarioAlert('late', 'ward', { at: Date.now() - 11 * 60_000 });
      const alert = scenarioAlert('anna', 'ward');
      await publish(
        late,
        alert,
        { ...alert, sequence: 1, state: 'suppressed', reason: 'schedule' },
        { ...alert, sequence: 2, state: 'resolved', reason: 'cleared' },
      );
      const heard = await hears(alert, '/ward', 2);
      expect(heard.map(keyOf)).toEqual([`${alert.alertId}:0:ward`, `${alert.alertId}:2:ward`]);
      expect(heard.every(isSigned)).toBe(true);
      expect(heard.map(({ body }) => (JSON.parse(body) as { alert: BreathAlert }).alert.state)).toEqual([
        'firing',
        'resolved',
      ]);
      expect(heardOf(late, '/ward')).toEqual([]);
      expect(await stack.metric('notifier', 'eupnea_notifier_untold_total')).toBeGreaterThanOrEqual(2);
    });

    test('are tried again as long as asked, each time signed anew, with the same key and body', async () => {
      receiver.answer('/flaky', { status: 503 }, { status: 429, headers: { 'retry-after': '2' } }, { status: 204 });
      const alert = scenarioAlert('bert', 'flaky');
      await publish(alert);
      const heard = await hears(alert, '/flaky', 3);
      expect(new Set(heard.map(keyOf)).size).toBe(1);
      expect(new Set(heard.map(({ body }) => body)).size).toBe(1);
      expect(heard.every(isSigned)).toBe(true);
      const [, second, third] = heard.map(({ atMs }) => atMs) as [number, number, number];
      expect(third - second).toBeGreaterThanOrEqual(1_990);
    });

    test('that end in nothing are set aside with the reason, while other receivers hear of the same alert', async () => {
      receiver.answer('/broken', { status: 500 });
      const alert = scenarioAlert('carl', 'broken');
      await publish(alert);
      await hears(alert, '/ward', 1);
      const [letter] = await isSetAside(alert);
      expect(letter).toMatchObject({
        code: 'DELIVERY_FAILED',
        stage: 'notifier',
        message: 'receiver broken: status 500, after 2 tries',
      });
      expect(heardOf(alert, '/broken')).toHaveLength(2);
      expect(heardOf(alert, '/ward')).toHaveLength(1);
    });

    test('follow no redirect', async () => {
      receiver.answer('/moved', { status: 307, headers: { location: `http://127.0.0.1:${receiver.port}/elsewhere` } });
      const alert = scenarioAlert('dora', 'moved');
      await publish(alert);
      const [letter] = await isSetAside(alert);
      expect(letter).toMatchObject({ code: 'DELIVERY_REFUSED', message: 'receiver moved: status 307' });
      expect(receiver.at('/elsewhere')).toEqual([]);
    });

    test('never reach an address that is not allowed, whatever name leads to it', async () => {
      const alert = scenarioAlert('emil', 'inside');
      await publish(alert);
      const [letter] = await isSetAside(alert);
      expect(letter?.code).toBe('ADDRESS_REFUSED');
      expect(receiver.at('/inside')).toEqual([]);
    });
  });

  describe('silences and acknowledgements', () => {
    /** The record that a command of `npm run alerts` printed in its last line. */
    async function alerts(...arguments_: string[]): Promise<Record<string, unknown>> {
      const { status, stdout, stderr } = await runCommand(
        ['dist/apps/alerts/src/main.js', ...arguments_],
        stack.environment(),
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as Record<string, unknown>;
    }

    test('a silence keeps what it covers from being told, until it is ended', async () => {
      const written = await alerts(
        ...['silence', '--subject', 'han*', '--rule', 'heavy-at-rest', '--label', 'scenario=ward-*'],
        ...['--for', '1h', '--reason', 'physiotherapy', '--author', 'berta'],
      );
      expect(written).toMatchObject({ version: 1, author: 'berta', reason: 'physiotherapy' });
      const silenced = scenarioAlert('hanna', 'ward-silenced', { at: Date.now() });
      const other = scenarioAlert('hanna', 'ward-other', { at: Date.now(), ruleId: 'other' });
      const lasting = scenarioAlert('hanna', 'ward-lasting', { at: Date.now() });
      await publish(silenced, { ...silenced, sequence: 1, state: 'resolved' }, lasting, other);
      await hears(other, '/ward', 1); // behind the others, on the same partition
      expect([...heardOf(silenced, '/ward'), ...heardOf(lasting, '/ward')]).toEqual([]);

      const ended = await alerts('unsilence', String(written['silenceId']));
      expect(ended).toMatchObject({ silenceId: written['silenceId'], version: 2, subjects: ['han*'] });
      const after = scenarioAlert('hanna', 'ward-after', { at: Date.now() });
      await publish(after);
      const [listed] = await Promise.all([alerts('silences'), hears(after, '/ward', 1), hears(lasting, '/ward', 1)]);
      expect(listed).toEqual({ silences: [] });
      expect(heardOf(silenced, '/ward')).toEqual([]);
    });

    test('of two who change the same at the same time one is told so, and everybody sees the other', async () => {
      const alertId = derivedId('contested');
      const controls = ['one', 'two', 'later'].map((reader) => new AlertControl(kafka, reader));
      const [one, two, later] = controls as [AlertControl, AlertControl, AlertControl];
      await Promise.all([one.start(), two.start()]);
      const outcomes = await Promise.allSettled(
        [one, two].map((control, n) => control.acknowledge(producer, { alertId, author: `${n}`, note: '' }, 1_000 + n)),
      );
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      expect(failed).toMatchObject([{ reason: { code: 'CONTROL_CONFLICT' } }]);
      const winner = String(outcomes.findIndex(({ status }) => status === 'fulfilled'));
      await later.start();
      for (const { muting } of controls) {
        expect(muting.acknowledgements.get(alertId)).toMatchObject({ author: winner, version: 1 });
      }
      await Promise.all(controls.map((control) => control.stop()));
    });

    test('an acknowledged alert is not told again, but its end is', async () => {
      const alert = scenarioAlert('ida', 'ward-acknowledged');
      await publish(alert);
      await hears(alert, '/ward', 1);
      expect(await alerts('acknowledge', alert.alertId, '--note', 'called her')).toMatchObject({
        alertId: alert.alertId,
        version: 1,
        note: 'called her',
      });
      await publish(
        { ...alert, sequence: 1, reason: 'repeat', at: Date.now() },
        { ...alert, sequence: 2, state: 'resolved', reason: 'cleared', at: Date.now() },
      );
      const heard = await hears(alert, '/ward', 2);
      expect(heard.map(keyOf)).toEqual([0, 2].map((sequence) => `${alert.alertId}:${sequence}:ward`));
    });
  });

  describeIf(hasAlertmanager, WITHOUT_ALERTMANAGER, 'Alertmanager', () => {
    let alertmanager: Alertmanager;
    beforeAll(async () => {
      alertmanager = await Alertmanager.start(alertmanagerPort, `http://127.0.0.1:${receiver.port}/from-alertmanager`);
    });
    afterAll(() => alertmanager?.stop());

    const states = () =>
      receiver.at('/from-alertmanager').map(({ body }) => (JSON.parse(body) as { status: string }).status);

    test('holds an alert beyond its own end for as long as it fires, and tells of its end', async () => {
      const alert = scenarioAlert('karl', 'cluster', { labels: { scenario: 'cluster', 'on-call': 'night' } });
      await publish(alert);
      const held = (what: string, accept: (alerts: Awaited<ReturnType<Alertmanager['alerts']>>) => boolean) =>
        eventually(what, () => alertmanager.alerts(), accept, PATIENCE_MS);
      const [first] = await held('the alert', ({ length }) => length === 1);
      expect(first?.labels).toEqual({
        alertname: 'heavy-at-rest',
        subject: 'karl',
        severity: 'critical',
        scenario: 'cluster',
        on_call: 'night',
      });
      expect(Date.parse(first?.startsAt ?? '')).toBe(alert.startedAt);
      await held('the alert after it would have ended', ([now]) => {
        const endedBefore = Date.parse(first?.endsAt ?? '') < Date.now();
        return endedBefore && now?.status.state === 'active';
      });
      expect(states()).toEqual(['firing']);
      await publish({ ...alert, sequence: 1, state: 'resolved', reason: 'cleared', at: Date.now() });
      await held('no alert', ({ length }) => length === 0);
      await eventually(
        'both states',
        () => Promise.resolve(states()),
        ({ length }) => length === 2,
        PATIENCE_MS,
      );
      expect(states()).toEqual(['firing', 'resolved']);
    });
  });
});

test('a restart remembers who was told and repeats nothing; a crash between delivery and commit repeats under the same key', async () => {
  const told = scenarioAlert('gerda', 'ward');
  await publish(told);
  await hears(told, '/ward', 1);
  await stack.kill('notifier', 'SIGTERM');
  await stack.run('notifier', { EUPNEA_FAULT: 'notifier.afterDelivery:1' });
  const alert = scenarioAlert('fritz', 'ward');
  await publish(alert);
  expect(await stack.ended('notifier')).toMatchObject({ signal: 'SIGKILL' });
  const resolved = { sequence: 1, state: 'resolved', reason: 'cleared' } as const;
  await publish({ ...alert, ...resolved }, { ...told, ...resolved });
  await stack.run('notifier');
  const heard = await hears(alert, '/ward', 3);
  expect(heard.map(keyOf)).toEqual([0, 0, 1].map((sequence) => `${alert.alertId}:${sequence}:ward`));
  expect(heard[0]?.body).toBe(heard[1]?.body);
  const ended = await hears(told, '/ward', 2);
  expect(ended.map(keyOf)).toEqual([0, 1].map((sequence) => `${told.alertId}:${sequence}:ward`));
});
