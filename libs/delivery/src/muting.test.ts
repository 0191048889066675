import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertSilence } from '#libs/contracts';
import { matching } from './alert-matcher.js';
import { Muting } from './muting.js';
import { alertOf } from './testing/alerts.js';

const alert = alertOf();
const MINUTE_MS = 60_000;
const append = (changes = {}) => ({ alert: { ...alert, ...changes }, appendTimeMs: alert.at + 5_000 });

const silence: AlertSilence = {
  silenceId: 's1',
  version: 1,
  subjects: ['anna'],
  rules: [],
  severities: [],
  labels: {},
  author: 'berta',
  reason: 'physiotherapy',
  startsAt: alert.at - MINUTE_MS,
  endsAt: alert.at + MINUTE_MS,
  createdAt: alert.at - MINUTE_MS,
  changedAt: alert.at - MINUTE_MS,
};
const mutedBy = (...silences: AlertSilence[]) => {
  const muting = new Muting();
  silences.forEach((one) => muting.applySilence(one));
  return muting.mutes(append())?.by;
};

describe('a silence', () => {
  test('covers changes from its start up to its end, by event time', () => {
    expect(mutedBy(silence)).toBe('silence');
    expect(mutedBy({ ...silence, startsAt: alert.at })).toBe('silence');
    expect(mutedBy({ ...silence, startsAt: alert.at + 1 })).toBeUndefined();
    expect(mutedBy({ ...silence, endsAt: alert.at })).toBeUndefined();
  });

  test('covers nothing that the log had before it, wherever it begins', () => {
    expect(mutedBy({ ...silence, createdAt: alert.at + 5_000 })).toBe('silence');
    expect(mutedBy({ ...silence, createdAt: alert.at + 5_001 })).toBeUndefined();
  });

  test.each([
    [{ subjects: ['bert'] }, undefined],
    [{ rules: ['heavy-*'] }, 'silence'],
    [{ rules: ['*-rest', 'other'] }, 'silence'],
    [{ rules: ['rest'] }, undefined],
    [{ severities: ['info', 'warning'] }, undefined],
    [{ labels: { team: 'c*e' } }, 'silence'],
    [{ labels: { team: 'care', ward: '*' } }, undefined],
  ])('with %j as well', (changes, by) => {
    expect(mutedBy({ ...silence, ...changes })).toBe(by);
  });

  test('is what its newest version says, in whatever order versions come', () => {
    const ended = { ...silence, version: 2, endsAt: alert.at };
    expect(mutedBy(silence, ended)).toBeUndefined();
    expect(mutedBy(ended, silence)).toBeUndefined();
    expect(mutedBy(silence, { ...ended, version: 1 })).toBe('silence');
  });
});

describe('an acknowledgement', () => {
  const muting = new Muting();
  muting.applyAcknowledgement({ alertId: alert.alertId, version: 1, author: 'berta', note: '', at: alert.at });

  test('covers its alert from its time on', () => {
    expect(muting.mutes(append())?.by).toBe('acknowledgement');
    expect(muting.mutes(append({ at: alert.at - 1 }))).toBeUndefined();
    expect(muting.mutes(append({ alertId: 'another' }))).toBeUndefined();
  });
});

test('a pattern fits as a regular expression of the same meaning does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, pattern, (subjectId, subject) => {
      const expression = new RegExp(`^${subject.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`);
      const fits = matching({ subjects: [subject], rules: [], severities: [], labels: {} });
      expect(fits(alertOf({ subjectId }))).toBe(expression.test(subjectId));
    }),
    { numRuns: 500 },
  );
});
