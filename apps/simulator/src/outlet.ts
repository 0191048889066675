import { TOPICS } from '#libs/contracts';
import { findSecret, issueToken } from '#libs/device-tokens';
import type { OutgoingRecord } from '#libs/messaging';
import { DEFAULT_PORTS, type Logger, kafkaSettings, logSettings } from '#libs/platform';
import { Option } from 'commander';
import { z } from 'zod';
import { AudioLog } from './audio-log.js';
import { GatewayOutlet } from './gateway-outlet.js';

/** Where a simulation's records go. */
export interface Outlet {
  /** Returns when all of them are durable; once the signal is aborted nothing is waited for any more. */
  send(records: OutgoingRecord[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export const outletSettings = z.object({
  ...kafkaSettings,
  ...logSettings,
  GATEWAY_URL: z.url({ protocol: /^https?$/ }).default(`http://localhost:${DEFAULT_PORTS.gateway}`),
  /** Where the secret of the local run lies, when there is none in the environment. */
  EUPNEA_HOME: z.string().min(1).default('.eupnea'),
});

export interface OutletOptions {
  direct?: boolean;
  token?: string;
}

export const directOption = (): Option => new Option('--direct', 'append to Kafka, around the gateway');
export const tokenOption = (): Option =>
  new Option('--token <token>', 'the token of the device; else one is signed with the secret').conflicts('direct');

const TOKEN_LIFETIME_MS = 86_400_000;

/**
 * Through the gateway, as devices send, or directly. Through the gateway every device gets a token of its own, signed
 * with the secret of the environment or of the local run, unless one is given; what is no audio goes to Kafka all the same.
 * @throws EupneaError CONFIG_INVALID without a secret; TOPIC_MISMATCH
 */
export async function openOutlet(
  options: OutletOptions,
  settings: z.infer<typeof outletSettings>,
  topics: string[],
  logger: Logger,
): Promise<Outlet> {
  const { KAFKA_BROKERS, GATEWAY_URL, EUPNEA_HOME } = settings;
  if (options.direct) return AudioLog.connect(KAFKA_BROKERS, topics, logger);
  const secret = options.token === undefined ? findSecret(process.env, EUPNEA_HOME) : '';
  const tokenFor = async ({ subjectId, deviceId }: { subjectId: string; deviceId: string }) =>
    options.token ??
    (await issueToken(secret, { subjectId, deviceId, expiresAtMs: Date.now() + TOKEN_LIFETIME_MS })).token;
  const others = topics.filter((topic) => topic !== TOPICS.audio);
  const rest = others.length > 0 ? await AudioLog.connect(KAFKA_BROKERS, others, logger) : undefined;
  return new GatewayOutlet({ url: GATEWAY_URL, tokenFor, rest, logger });
}
