import { type BreathAlert, derivedId } from '#libs/contracts';

/** A change of an alert about a person, a moment ago; the scenario decides its routes. */
export function sampleAlert(subjectId: string, scenario: string, changes: Partial<BreathAlert> = {}): BreathAlert {
  const at = Date.now() - 5_000;
  return {
    alertId: derivedId(subjectId, scenario),
    sequence: 0,
    subjectId,
    ruleId: 'heavy-at-rest',
    ruleVersion: 'f00d',
    severity: 'critical',
    state: 'firing',
    reason: 'sustained',
    startedAt: at - 300_000,
    at,
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
    labels: { scenario },
    annotations: { summary: `${subjectId} breathes 31 /min` },
    groupKey: subjectId,
    modelVersion: 'test',
    ...changes,
  };
}
