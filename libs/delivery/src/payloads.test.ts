import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alertmanagerAlert } from './alertmanager.js';
import { type ReceiverMark, decodeDeliveryMarks, encodeDeliveryMarks, isDone, markOf } from './delivery-marks.js';
import { alertOf } from './testing/alerts.js';
import { webhookBody } from './webhook.js';

describe('a webhook', () => {
  test('says the change as it stands in the log, with times that people read', () => {
    expect(JSON.parse(webhookBody(alertOf({ sequence: 3 }), 'ward'))).toMatchObject({
      version: 1,
      receiver: 'ward',
      idempotencyKey: 'a0000000-0000-5000-8000-000000000001:3:ward',
      alert: {
        alertId: 'a0000000-0000-5000-8000-000000000001',
        sequence: 3,
        state: 'firing',
        startedAt: '2026-11-26T12:00:00.000Z',
        at: '2026-11-26T12:05:00.000Z',
        value: 27.5,
        baselinePerMinute: null,
      },
    });
  });
});

describe("Alertmanager's alert", () => {
  const untilMs = Date.parse('2026-11-26T12:20:00Z');

  test('has the same labels from its beginning to its end, as its names may be', () => {
    const labels = { 'on-call': 'night', subject: 'a label of this name', team: 'care' };
    const firing = alertmanagerAlert(alertOf({ labels }), untilMs);
    expect(firing.labels).toEqual({
      alertname: 'heavy-at-rest',
      subject: 'anna',
      severity: 'critical',
      on_call: 'night',
      team: 'care',
    });
    const resolved = alertmanagerAlert(alertOf({ labels, state: 'resolved', sequence: 5 }), untilMs);
    expect(resolved.labels).toEqual(firing.labels);
  });

  test('ends ahead while it fires, and when it ended after that', () => {
    expect(alertmanagerAlert(alertOf(), untilMs)).toMatchObject({
      startsAt: '2026-11-26T12:00:00.000Z',
      endsAt: '2026-11-26T12:20:00.000Z',
      annotations: { summary: 'anna breathes 31 /min', condition: 'rate.lower above 25' },
    });
    expect(alertmanagerAlert(alertOf({ state: 'resolved' }), untilMs).endsAt).toBe('2026-11-26T12:05:00.000Z');
    const { startedAt } = alertOf();
    const atOnce = alertmanagerAlert(alertOf({ state: 'resolved', at: startedAt }), untilMs);
    expect(Date.parse(atOnce.endsAt)).toBeGreaterThan(startedAt);
  });
});

describe('marks', () => {
  const low = 5n;
  const receivers = new Map<string, ReceiverMark>([
    ['ward', { upTo: 130n, except: [9n, 122n, 125n] }],
    ['cluster-2', { upTo: 12n, except: [] }],
  ]);

  test('come back from a commit', () => {
    expect(encodeDeliveryMarks({ low, receivers })).toBe('1;ward=130:9.113.3;cluster-2=12');
    expect(decodeDeliveryMarks(low, encodeDeliveryMarks({ low, receivers }))).toEqual({ low, receivers });
  });

  test.each([undefined, '', 'set by hand', '2;ward=9', '1;ward=x', '1;ward=9:', '1;'])(
    'of %j are a plain position, for everybody',
    (metadata) => {
      const marks = decodeDeliveryMarks(low, metadata);
      expect(marks).toEqual({ low, receivers: new Map() });
      expect(markOf(marks, 'ward')).toEqual({ upTo: low, except: [] });
    },
  );

  test('say which records are done; who is new begins where the furthest one is', () => {
    const done = (receiver: string) =>
      [8n, 9n, 10n, 12n, 122n, 129n, 130n].filter((offset) => isDone(markOf({ low, receivers }, receiver), offset));
    expect(done('ward')).toEqual([8n, 10n, 12n, 129n]);
    expect(done('cluster-2')).toEqual([8n, 9n, 10n]);
    expect(done('new')).toEqual([8n, 9n, 10n, 12n, 122n, 129n]);
  });

  test('fit into what brokers keep, however much is missing, and never call done what is not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 0, max: 3_000 }), (count, missing) => {
        const upTo = 2n ** 53n;
        const except = Array.from({ length: missing }, (_, n) => upTo - 1n - 7n * BigInt(missing - n));
        const all = new Map(
          Array.from({ length: count }, (_, n) => [`${'r'.repeat(38)}${n + 10}`, { upTo, except }] as const),
        );
        const metadata = encodeDeliveryMarks({ low, receivers: all });
        expect(metadata.length).toBeLessThan(4_096);
        for (const mark of decodeDeliveryMarks(low, metadata).receivers.values()) {
          expect(except.slice(0, 50).some((offset) => isDone(mark, offset))).toBe(false);
          expect(except.slice(-50).some((offset) => isDone(mark, offset))).toBe(false);
        }
      }),
      { numRuns: 30 },
    );
  });
});
