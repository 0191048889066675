import { describe, expect, test } from 'vitest';
import { Parse } from './parse.pipe.js';
import { ProblemError, problemOf } from './problem.js';
import { daysQuery, estimatesQuery, minutesQuery, subjectId, subjectsQuery } from './queries.js';

const DAY_MS = 86_400_000;

describe('a range', () => {
  test('takes ISO times with an offset and epoch milliseconds', () => {
    const query = { from: '2026-01-01T01:00:00+01:00', to: '1767312000000' };
    expect(new Parse(estimatesQuery).transform(query)).toMatchObject({
      fromMs: Date.UTC(2026, 0, 1),
      toMs: Date.UTC(2026, 0, 2),
      limit: 1_000,
    });
  });

  test('is the last day, or the last 30 days, when nothing is said', () => {
    const day = new Parse(estimatesQuery).transform({});
    expect(day.toMs - day.fromMs).toBe(DAY_MS);
    expect(Math.abs(day.toMs - Date.now())).toBeLessThan(5_000);
    const month = new Parse(daysQuery).transform({});
    expect((month.toMs - month.fromMs) / DAY_MS).toBeCloseTo(30, 3);
    expect(month.timeZone).toBe('UTC');
  });
});

describe('what makes no sense is refused and named', () => {
  test.each([
    ['a word as a time', estimatesQuery, { from: 'yesterday' }, 'from'],
    ['a time without a zone', estimatesQuery, { to: '2026-01-01T00:00:00' }, 'to'],
    ['an end before its start', estimatesQuery, { from: '2000', to: '1000' }, 'from'],
    ['a limit of nothing', estimatesQuery, { limit: '0' }, 'limit'],
    ['a limit that is too large', subjectsQuery, { limit: '100000' }, 'limit'],
    ['an unknown parameter', subjectsQuery, { lmit: '1' }, 'lmit'],
    ['a parameter given twice', estimatesQuery, { from: ['1', '2'] }, 'from'],
    ['too many minutes', minutesQuery, { from: '0', to: String(40 * DAY_MS) }, 'from'],
    ['an unknown time zone', daysQuery, { timeZone: 'Mars/Olympus' }, 'timeZone'],
  ])('%s', (_, schema, query, parameter) => {
    let thrown: unknown;
    try {
      new Parse(schema).transform(query);
    } catch (error) {
      thrown = error;
    }
    expect(problemOf(thrown)).toMatchObject({
      status: 400,
      code: 'INVALID_PARAMETER',
      faults: [{ parameter }],
      investigational: true,
    });
  });

  test('an empty subject id, by its name', () => {
    expect(() => new Parse(subjectId, 'subjectId').transform('')).toThrow(/^subjectId: /);
  });
});

test('an unforeseen fault says nothing about itself to clients', () => {
  const problem = problemOf(new Error('password=hunter2 at /srv/secret.js:1'));
  expect(problem).toMatchObject({ status: 500, code: 'INTERNAL' });
  expect(JSON.stringify(problem)).not.toContain('hunter2');
});

test('an absent store is a temporary problem', () => {
  expect(problemOf(new ProblemError('STORE_UNAVAILABLE', 'away'))).toMatchObject({ status: 503 });
});
