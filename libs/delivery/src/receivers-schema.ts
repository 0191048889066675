import { durationWithin } from '#libs/alert-rules';
import { z } from 'zod';
import { isNetwork } from './address-policy.js';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected up to 40 small letters, digits and hyphens');
const some = z.array(z.string().min(1)).min(1);

/** Where a secret stands; the file of receivers never holds one. */
const secretPlace = z
  .strictObject({
    env: z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'),
    file: z.string().min(1),
  })
  .partial()
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), 'expected either env or file')
  .transform((place) => place as SecretPlace);

export type SecretPlace = { env: string } | { file: string };

/** What every kind of receiver has. */
const common = {
  name,
  url: z.url({ protocol: /^https?$/, error: 'expected a URL with http or https' }),
  /** Networks that are not public, where the receiver may be all the same. */
  allowAddresses: z
    .array(z.string().refine(isNetwork, 'expected a network such as 10.0.0.0/8, or an address'))
    .default([]),
  /** Longest time from the connection to the end of the answer. */
  timeout: durationWithin('1s', '1m').default(10_000),
  /** Times out, cannot be reached, or answers 408, 425, 429 or 5xx: then it is tried again. */
  retry: z
    .strictObject({
      tries: z.number().int().min(1).max(100).default(15),
      first: durationWithin('1s', '10m').default(1_000),
      longest: durationWithin('1s', '1h').default(120_000),
    })
    .prefault({}),
};

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  ...common,
  /** Key of the signatures. */
  secret: secretPlace,
});

const alertmanager = z
  .strictObject({
    kind: z.literal('alertmanager'),
    ...common,
    /** Of an Authorization header. */
    bearerToken: secretPlace.optional(),
    /** A firing alert is told again so often, ... */
    resendEvery: durationWithin('1s', '1h').default(60_000),
    /** ... and Alertmanager takes it for resolved when it was not for so long. */
    resolveAfter: durationWithin('3s', '1d').default(900_000),
  })
  .refine(({ resendEvery, resolveAfter }) => resolveAfter >= 3 * resendEvery, {
    path: ['resolveAfter'],
    message: 'expected at least three times resendEvery',
  });

const route = z.strictObject({
  /** Which alerts; without it, all. */
  match: z
    .strictObject({
      subject: some.optional(),
      rule: some.optional(),
      severity: z
        .array(z.enum(['info', 'warning', 'critical']))
        .min(1)
        .optional(),
      labels: z.record(z.string().min(1), z.string()).optional(),
    })
    .default({}),
  receivers: z.array(name).min(1),
});

/** The file that NOTIFIER_CONFIG names. Strict: an unknown key is a fault. */
export const receiversSchema = z.strictObject({
  receivers: z
    .array(z.discriminatedUnion('kind', [webhook, alertmanager], { error: 'expected kind: webhook or alertmanager' }))
    .min(1)
    .max(32),
  routes: z.array(route).min(1),
});

export type ReceiversFile = z.infer<typeof receiversSchema>;
export type ReceiverEntry = ReceiversFile['receivers'][number];
