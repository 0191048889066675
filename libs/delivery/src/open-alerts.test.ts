import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BreathAlert } from '#libs/contracts';
import { OpenAlerts, type TellingRules } from './open-alerts.js';
import { alertOf } from './testing/alerts.js';

const MINUTE_MS = 60_000;

/** Takes changes of alerts one after another, each appended 5 s after its time unless it says otherwise. */
class Scene {
  readonly alerts: OpenAlerts;
  muted: 'silence' | 'acknowledgement' | undefined;
  routes: string[] = ['ward'];
  private offset = 0n;

  constructor() {
    const rules: TellingRules = {
      routesOf: () => this.routes,
      mutes: () => this.muted && { by: this.muted },
    };
    this.alerts = new OpenAlerts(rules);
  }

  take(state: BreathAlert['state'], sequence: number, changes: Partial<BreathAlert> = {}, lateMs = 5_000) {
    const at = alertOf().at + sequence * MINUTE_MS;
    const alert = alertOf({ state, sequence, at, ...changes });
    const telling = this.alerts.take(this.offset++, { alert, appendTimeMs: alert.at + lateMs });
    return 'receivers' in telling ? { receivers: telling.receivers } : { untold: telling.untold };
  }
}
const ward = { receivers: ['ward'] };

describe('who is told', () => {
  test('of a firing, its repeats and its end', () => {
    const scene = new Scene();
    expect([scene.take('firing', 0), scene.take('firing', 1), scene.take('resolved', 2)]).toEqual([ward, ward, ward]);
  });

  test('not of what is suppressed, nor of its end, unless it fired before', () => {
    const scene = new Scene();
    expect(scene.take('suppressed', 0)).toEqual({ untold: 'suppressed' });
    expect(scene.take('resolved', 1)).toEqual({ untold: 'never_told' });
    const other = { alertId: 'b' };
    expect(scene.take('firing', 0, other)).toEqual(ward);
    expect(scene.take('suppressed', 1, other)).toEqual({ untold: 'suppressed' });
    expect(scene.take('resolved', 2, other)).toEqual(ward);
  });

  test.each(['silence', 'acknowledgement'] as const)('not of a repeat under %s, but of the end', (by) => {
    const scene = new Scene();
    scene.take('firing', 0);
    scene.muted = by;
    expect(scene.take('firing', 1)).toEqual({ untold: by });
    expect(scene.take('resolved', 2)).toEqual(ward);
  });

  test('of nothing that was silenced from its beginning to its end', () => {
    const scene = new Scene();
    scene.muted = 'silence';
    expect(scene.take('firing', 0)).toEqual({ untold: 'silence' });
    expect(scene.take('resolved', 1)).toEqual({ untold: 'never_told' });
  });

  test('when a silence ends: of what still fires and nobody knows of, once, and of its end', () => {
    const scene = new Scene();
    scene.take('firing', 0, { alertId: 'told' });
    scene.muted = 'silence';
    for (const alertId of ['told', 'a', 'over', 'quiet', 'late']) scene.take('firing', 1, { alertId });
    scene.take('firing', 2, { alertId: 'a' });
    scene.take('resolved', 2, { alertId: 'over' });
    scene.take('suppressed', 2, { alertId: 'quiet' });
    expect(scene.take('firing', 2, { alertId: 'late' }, 11 * MINUTE_MS)).toEqual({ untold: 'late' });
    expect(scene.alerts.overdue(0)).toEqual([]);
    scene.muted = undefined;
    const overdue = scene.alerts.overdue(0);
    expect(overdue.map(({ alert: { alertId, sequence }, receivers }) => ({ alertId, sequence, receivers }))).toEqual([
      { alertId: 'late', sequence: 1, receivers: ['ward'] },
      { alertId: 'a', sequence: 2, receivers: ['ward'] },
    ]);
    expect(scene.alerts.overdue(0)).toEqual([]);
    expect(scene.take('resolved', 3, { alertId: 'a' })).toEqual(ward);
  });

  test('not when a silence ends, where somebody has acknowledged it; but of its end, where nobody looked in between', () => {
    const scene = new Scene();
    scene.muted = 'silence';
    scene.take('firing', 0);
    scene.take('firing', 0, { alertId: 'b' });
    scene.muted = 'acknowledgement';
    expect(scene.alerts.overdue(0)).toEqual([]);
    expect(scene.take('resolved', 1)).toEqual({ untold: 'never_told' });
    scene.muted = undefined;
    expect(scene.take('resolved', 1, { alertId: 'b' })).toEqual(ward);
  });

  test('not of what came over 10 minutes late, but late of the end of what was told', () => {
    const scene = new Scene();
    expect(scene.take('firing', 0, {}, 10 * MINUTE_MS)).toEqual(ward);
    expect(scene.take('firing', 1, {}, 10 * MINUTE_MS + 1)).toEqual({ untold: 'late' });
    expect(scene.take('resolved', 2, {}, 30 * MINUTE_MS)).toEqual(ward);
    expect(scene.take('firing', 0, { alertId: 'b' }, 30 * MINUTE_MS)).toEqual({ untold: 'late' });
    expect(scene.take('resolved', 1, { alertId: 'b' })).toEqual({ untold: 'never_told' });
  });

  test('of the end: whoever was told of any firing', () => {
    const scene = new Scene();
    scene.take('firing', 0);
    scene.routes = ['cluster'];
    expect(scene.take('firing', 1)).toEqual({ receivers: ['cluster'] });
    scene.routes = [];
    expect(scene.take('firing', 2)).toEqual({ untold: 'unrouted' });
    expect(scene.take('resolved', 3)).toEqual({ receivers: ['ward', 'cluster'] });
  });

  test('of each change once, however often it stands in the log', () => {
    const scene = new Scene();
    const told = [0, 0, 1, 0, 1].map((sequence) => scene.take('firing', sequence));
    expect(told.map((telling) => 'receivers' in telling)).toEqual([true, false, true, false, false]);
    expect(scene.take('resolved', 2)).toEqual(ward);
    expect(scene.take('firing', 1)).toEqual({ untold: 'repeated' });
    expect(scene.take('resolved', 2)).toEqual({ untold: 'repeated' });
  });
});

describe('the log from `low` on', () => {
  test('is nothing where no told alert is open', () => {
    const scene = new Scene();
    scene.take('firing', 0);
    expect(scene.alerts.low).toBe(0n);
    scene.take('resolved', 1);
    scene.take('suppressed', 0, { alertId: 'b' });
    expect(scene.alerts.low).toBeUndefined();
    scene.muted = 'silence';
    scene.take('firing', 0, { alertId: 'c' });
    expect(scene.alerts.low).toBe(3n);
  });

  test('says all that was known, whatever came before', () => {
    const changes = fc.array(
      fc.record({
        alertId: fc.constantFrom('a', 'b', 'c', 'd'),
        state: fc.constantFrom<BreathAlert['state']>('firing', 'firing', 'suppressed', 'resolved'),
        severity: fc.constantFrom('info', 'warning', 'critical'),
        lateMs: fc.constantFrom(0, 11 * MINUTE_MS),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(changes, fc.nat(), (records, split) => {
        const rules: TellingRules = {
          routesOf: ({ severity }) => [severity, 'all'],
          mutes: ({ alert: { sequence } }) => (sequence % 3 === 2 ? { by: 'silence' } : undefined),
        };
        const log = records.map(({ lateMs, ...change }, sequence) => {
          const alert = alertOf({ ...change, sequence });
          return { alert, appendTimeMs: alert.at + lateMs };
        });
        const whole = new OpenAlerts(rules);
        const cut = split % (log.length + 1);
        log.slice(0, cut).forEach((appended, offset) => whole.take(BigInt(offset), appended));
        const low = whole.low ?? BigInt(cut);
        const resumed = new OpenAlerts(rules);
        log.slice(Number(low), cut).forEach((appended, at) => resumed.take(low + BigInt(at), appended));
        const tail = (alerts: OpenAlerts) =>
          log.slice(cut).map((appended, at) => alerts.take(BigInt(cut + at), appended));
        expect(tail(resumed)).toEqual(tail(whole));
      }),
      { numRuns: 300 },
    );
  });
});
