import type { BreathAlert } from '#libs/contracts';

/** One change of an alert, firing since 12:00 unless it says otherwise. */
export function alertOf(changes: Partial<BreathAlert> = {}): BreathAlert {
  return {
    alertId: 'a0000000-0000-5000-8000-000000000001',
    sequence: 0,
    subjectId: 'anna',
    ruleId: 'heavy-at-rest',
    ruleVersion: 'f00d',
    severity: 'critical',
    state: 'firing',
    reason: 'sustained',
    startedAt: Date.parse('2026-11-26T12:00:00Z'),
    at: Date.parse('2026-11-26T12:05:00Z'),
    signal: 'rate.lower',
    condition: 'above 25',
    value: 27.5,
    ratePerMinute: 31,
    lowerPerMinute: 27.5,
    upperPerMinute: 34.5,
    baselinePerMinute: null,
    coverage: 0.9,
    receivedShare: 1,
    spanSeconds: 60,
    labels: { team: 'care' },
    annotations: { summary: 'anna breathes 31 /min' },
    groupKey: 'care/anna',
    modelVersion: 'm1',
    ...changes,
  };
}
