import { EstimateQualitySymbols, RestStateSymbols, TrialStageSymbols } from '#libs/contracts';
import { z } from 'zod';
import { condition } from './condition.js';
import { duration, durationWithin } from './duration.js';
import { schedule } from './schedule.js';
import { isNeverAbsent, signal } from './signal.js';
import { template } from './template.js';

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected small letters, digits and hyphens');
/** A subject or device: exact, or with * for any characters. */
const pattern = z.string().min(1);
const some = <T extends z.ZodType>(of: T) => z.array(of).min(1).optional();

/** Which windows a rule looks at; what is left out does not matter. */
const select = z.strictObject({
  subject: some(pattern),
  /** Named in the file's `groups`. */
  group: some(name),
  device: some(pattern),
  restState: some(z.enum(RestStateSymbols)),
  stage: some(z.enum(TrialStageSymbols)),
  quality: some(z.enum(EstimateQualitySymbols)),
  /** Only so long after exertion ended (a trial's `during`, or `active`). */
  sinceExertion: z
    .strictObject({ atLeast: duration.default(0), atMost: duration })
    .refine(({ atLeast, atMost }) => atLeast < atMost, 'atLeast is not below atMost')
    .optional(),
  /** Not during exertion, nor so long after it. */
  restedFor: duration.optional(),
});

/** One alert rule. Strict: an unknown key is a fault. */
const ruleSchema = z
  .strictObject({
    id: name,
    description: z.string().min(1),
    enabled: z.boolean().default(true),
    severity: z.enum(['info', 'warning', 'critical']),
    select: select.default({}),
    signal,
    when: condition,
    /** How long the condition must hold without a break; time without data does not count. */
    for: duration.default(0),
    /** Ends the alert; without it, that `when` no longer holds. Between the two an alert stays as it is. */
    clearWhen: condition.optional(),
    /** How long that must hold without a break. */
    clearFor: duration.default(0),
    /** Spans that are covered less say nothing. */
    minCoverage: z.number().min(0).max(1).default(0.5),
    /** What happens when nothing is known for longer than the grace time. */
    onGap: z.enum(['hold', 'resolve', 'alert']).default('hold'),
    gapGrace: duration.default(120_000),
    /** An alert lasts at least so long after the condition last held. */
    keepFiring: duration.default(0),
    /** So long after the end of an alert, the next one is suppressed. */
    cooldown: duration.default(0),
    labels: z.record(name, z.string()).default({}),
    annotations: z.record(name, template).default({}),
    schedule: schedule.optional(),
    /** Suppressed for a person while one of these rules fires for them. */
    inhibit: z.array(name).default([]),
    /** Alerts that agree in these are told together: `subject`, `severity`, or names of labels. */
    group: z.array(name).default(['subject']),
    /** Told again after so long, while it fires. */
    repeat: durationWithin('1m', '30d').optional(),
  })
  .refine(({ signal: { kind }, onGap }) => !(onGap === 'alert' && isNeverAbsent(kind)), {
    path: ['onGap'],
    message: 'this signal has a value in silence too: compare it in `when`',
  });

/** A rule file. */
export const ruleFileSchema = z.strictObject({
  /** Names for sets of people, as patterns of subjects. */
  groups: z.record(name, z.array(pattern).min(1)).default({}),
  rules: z.array(ruleSchema).min(1),
});

export type Rule = z.infer<typeof ruleSchema>;

/** JSON Schema of a rule file, for editors and for whoever writes control records. */
export function ruleFileJsonSchema(): object {
  return z.toJSONSchema(ruleFileSchema, { io: 'input', reused: 'ref' });
}
