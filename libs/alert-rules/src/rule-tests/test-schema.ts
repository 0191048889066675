import { EstimateQualitySymbols, EupneaError, RestStateSymbols, TrialStageSymbols } from '#libs/contracts';
import { isTimeZone } from '#libs/fitness';
import { parseValue, parseYaml } from '#libs/yaml-source';
import { z } from 'zod';
import { duration } from '../language/duration.js';

/** A stretch of a person's time, told as a device and the estimator would have it. */
const part = z
  .strictObject({
    for: duration,
    /** Breaths per minute, or from one to another. */
    rate: z.union([z.number().positive(), z.tuple([z.number().positive(), z.number().positive()])]).default(15),
    /** Every other window reads this much higher, the rest lower. */
    jitter: z.number().min(0).default(0),
    quality: z.enum(EstimateQualitySymbols).default('ok'),
    noise: z.number().min(0).max(1).default(0),
    restState: z.enum(RestStateSymbols).default('rest'),
    stage: z.enum(TrialStageSymbols).default('none'),
    device: z.string().min(1).default('headphones'),
    /** Nothing comes from the device. */
    silent: z.boolean().default(false),
    /** The estimator is away: no watermark comes either. Says nothing about the person, so it needs `silent`. */
    away: z.boolean().default(false),
  })
  .refine(({ silent, away }) => silent || !away, { path: ['away'], message: 'a part that is away is silent' });

const expectation = z.strictObject({
  /** By default the rule of the test. */
  rule: z.string().optional(),
  state: z.enum(['firing', 'suppressed', 'resolved']),
  /** Since the start of the test. */
  at: duration,
  within: duration.default(10_000),
  reason: z.string().optional(),
  /** Annotations that it must have, as they read. */
  annotations: z.record(z.string(), z.string()).default({}),
});

const ruleTest = z
  .strictObject({
    name: z.string().min(1),
    /** Only this rule's alerts are compared; without it, those of all rules of the file. */
    rule: z.string().optional(),
    subject: z.string().min(1).default('anna'),
    startsAt: z.iso.datetime({ offset: true }).default('2026-01-05T10:00:00Z'),
    timeZone: z.string().refine(isTimeZone, 'there is no such time zone').default('UTC'),
    /** Resting rates of the days before, oldest first: ten minutes each, at the same time of day. */
    restingDays: z.array(z.number().positive()).max(28).default([]),
    series: z.array(part).min(1),
    /** Every alert record of the test in its order; none may be missing, and none may come besides. */
    expect: z.array(expectation),
  })
  .refine((test) => test.rule !== undefined || test.expect.every(({ rule }) => rule !== undefined), {
    path: ['expect'],
    message: 'name the rule, of the test or of each expectation',
  });

const testFileSchema = z.strictObject({
  /** Rule files, from the folder of the test file. */
  rules: z.array(z.string()).min(1),
  tests: z.array(ruleTest).min(1),
});

export type RuleTestPart = z.infer<typeof part>;
export type RuleTest = z.infer<typeof ruleTest>;
export type RuleTestFile = z.infer<typeof testFileSchema>;

/** @throws EupneaError RULES_INVALID with file, line and reason of every fault */
export function parseRuleTests(text: string, file: string): RuleTestFile {
  const refuse = (faults: readonly string[]) =>
    new EupneaError('RULES_INVALID', faults.join('\n'), {
      hint: 'docs/alerting.md shows how a test of rules is written.',
    });
  const source = parseYaml(text, file, refuse);
  return parseValue(source.value, testFileSchema, [source], refuse);
}
