import { EupneaError } from '#libs/contracts';
import { describe, expect, test } from 'vitest';
import { EXIT_CONFIGURATION, exitStatusOf } from './supervised.js';

describe('the exit status tells a supervisor whether a restart can help', () => {
  test.each([
    'CONFIG_INVALID',
    'PORT_IN_USE',
    'MODEL_BROKEN',
    'MODEL_MISSING',
    'TOPIC_MISMATCH',
    'CHECKPOINT_UNUSABLE',
  ] as const)('%s needs a person', (code) => {
    expect(exitStatusOf(new EupneaError(code, 'x'))).toBe(EXIT_CONFIGURATION);
  });

  test('an unknown fault and an absent broker do not', () => {
    expect(exitStatusOf(new TypeError('x'))).toBe(1);
    expect(exitStatusOf(new EupneaError('KAFKA_UNAVAILABLE', 'x'))).toBe(1);
  });
});
