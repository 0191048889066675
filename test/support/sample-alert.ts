import type { BreathAlert } from '#libs/contracts';

/** One record of an alert. */
export function sampleAlert(subjectId: string, at: number, changes: Partial<BreathAlert> = {}): BreathAlert {
  return {
    alertId: '6b6c8a0e-6a0e-5d5c-9a44-0d3f9a2b1c00',
    sequence: 0,
    subjectId,
    ruleId: 'fast',
    ruleVersion: 'abc',
    severity: 'warning',
    state: 'firing',
    reason: 'sustained',
    startedAt: at,
    at,
    signal: 'rate',
    condition: 'above 25',
    value: 31.25,
    ratePerMinute: 31.25,
    lowerPerMinute: 28,
    upperPerMinute: 34.5,
    baselinePerMinute: null,
    coverage: 0.9,
    receivedShare: 1,
    spanSeconds: 60,
    labels: { team: 'care' },
    annotations: { summary: 'breathes 31 /min' },
    groupKey: '{}',
    modelVersion: 'test',
    ...changes,
  };
}
