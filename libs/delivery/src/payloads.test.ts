import { describe, expect, test } from 'vitest';
import { alertmanagerAlert } from './alertmanager.js';
import { decodeDeliveryMarks, encodeDeliveryMarks } from './delivery-marks.js';
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
  test('come back from a commit', () => {
    const marks = {
      low: 5n,
      done: new Map([
        ['ward', 9n],
        ['cluster-2', 12n],
      ]),
    };
    expect(encodeDeliveryMarks(marks)).toBe('1;ward=9;cluster-2=12');
    expect(decodeDeliveryMarks(5n, encodeDeliveryMarks(marks))).toEqual(marks);
  });

  test.each([undefined, '', 'set by hand', '2;ward=9', '1;ward=x', '1;'])('of %j are a plain position', (metadata) => {
    expect(decodeDeliveryMarks(5n, metadata)).toEqual({ low: 5n, done: new Map() });
  });

  test('of 32 receivers with the longest names and offsets fit into what brokers keep', () => {
    const done = new Map(Array.from({ length: 32 }, (_, n) => [`${'r'.repeat(38)}${n + 10}`, 2n ** 63n - 1n] as const));
    expect(encodeDeliveryMarks({ low: 0n, done }).length).toBeLessThan(4_096);
  });
});
