import { z } from 'zod';

/** What requests may say, parsed at the edge. The OpenAPI document is made from the same schemas. */

const DAY_MS = 86_400_000;
const MOST_ROWS = 10_000;

const instant = z
  .union([z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,14}$/)], {
    error: 'an ISO 8601 time with Z or an offset, or epoch milliseconds, is needed',
  })
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)));

const limit = (byDefault: number, most: number) => z.coerce.number().int().min(1).max(most).default(byDefault);

export const subjectId = z.string().min(1).max(256);

export const subjectsQuery = z.strictObject({
  limit: limit(100, 1_000).describe('At most so many subjects'),
  after: z.string().max(256).optional().describe('Only subjects whose id sorts after this one: `next` of a page'),
});

/** A half-open range of time, `from` <= t < `to`; by default the last day. */
const range = {
  from: instant.optional().describe('Start of the range, included; a day before `to` by default'),
  to: instant.optional().describe('End of the range, excluded; now by default'),
};

function withDefaults<T extends { from?: number | undefined; to?: number | undefined }>(
  query: T,
  context: z.RefinementCtx,
) {
  const toMs = query.to ?? Date.now() + 1;
  const fromMs = query.from ?? toMs - DAY_MS;
  if (fromMs >= toMs) context.addIssue({ code: 'custom', path: ['from'], message: 'must lie before `to`' });
  return { ...query, fromMs, toMs };
}

export const estimatesFields = z.strictObject({
  ...range,
  limit: limit(1_000, MOST_ROWS).describe('At most so many windows in one answer'),
  cursor: z.string().max(2_000).optional().describe('`next` of the page before; the other parameters stay the same'),
});
export const estimatesQuery = estimatesFields.transform(withDefaults);

export const minutesFields = z.strictObject(range);
export const minutesQuery = minutesFields
  .transform(withDefaults)
  .refine(({ fromMs, toMs }) => toMs - fromMs <= 31 * DAY_MS, {
    path: ['from'],
    error: 'at most 31 days of minutes can be asked for',
  });

export const daysFields = z.strictObject({
  from: range.from.describe('Start of the range, included; 30 days before `to` by default'),
  to: range.to,
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, { error: 'an IANA time zone such as Europe/Berlin is needed' })
    .default('UTC')
    .describe('IANA time zone in which days begin'),
});
export const daysQuery = daysFields.transform((query, context) =>
  withDefaults({ ...query, from: query.from ?? (query.to ?? Date.now()) - 30 * DAY_MS }, context),
);

export const episodesFields = z.strictObject({
  ...range,
  limit: limit(1_000, MOST_ROWS).describe('At most so many episodes, the newest first'),
});
export const episodesQuery = episodesFields.transform(withDefaults);

export const alertsFields = z.strictObject({
  subjectId: subjectId.optional().describe('Only alerts about this subject'),
  ruleId: z.string().min(1).max(256).optional().describe('Only alerts of this rule'),
  severity: z.enum(['info', 'warning', 'critical']).optional().describe('Only alerts of this severity'),
  state: z.enum(['firing', 'suppressed', 'resolved']).optional().describe('Only alerts that are in this state now'),
  ...range,
  limit: limit(100, 1_000).describe('At most so many alerts in one answer'),
  cursor: z.string().max(2_000).optional().describe('`next` of the page before; the other parameters stay the same'),
});
export const alertsQuery = alertsFields.transform(withDefaults);

export const alertId = z.uuid();

export const streamQuery = z.strictObject({
  subjectId: subjectId.optional().describe('Only events of this subject'),
  event: z.enum(['estimate', 'alert']).optional().describe('Only events of this kind; all by default'),
});

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
