import { LEAST_SECRET_BYTES, SECRET_SETTING } from '#libs/device-tokens';
import { DEFAULT_PORTS, httpSettings, kafkaSettings, logSettings, port } from '#libs/platform';
import { z } from 'zod';

const bound = (byDefault: number, highest: number) => z.coerce.number().int().min(1).max(highest).default(byDefault);

/** Settings of the gateway; the README lists them. Every bound of what it holds is here or in `limits.ts`. */
export const gatewaySettings = z.object({
  ...logSettings,
  ...httpSettings,
  ...kafkaSettings,
  GATEWAY_PORT: port(DEFAULT_PORTS.gateway),
  [SECRET_SETTING]: z
    .string(`the secret that signs tokens is needed, at least ${LEAST_SECRET_BYTES} bytes`)
    .refine(
      (secret) => Buffer.byteLength(secret) >= LEAST_SECRET_BYTES,
      `at least ${LEAST_SECRET_BYTES} bytes are needed`,
    ),
  /** Open connections of the stream. */
  GATEWAY_MAX_SOCKETS: bound(5_000, 200_000),
  GATEWAY_MAX_SESSIONS_PER_DEVICE: bound(4, 1_000),
  /** Bytes of audio in memory that are not durable yet, over all clients. */
  GATEWAY_MAX_WAITING_BYTES: bound(64 * 1024 * 1024, 8 * 1024 ** 3),
  /** Frames of one connection that may be unacknowledged. */
  GATEWAY_CREDITS: bound(16, 1_024),
  /** Chunks a second of one device, over a burst of two seconds' worth. */
  GATEWAY_CHUNKS_PER_SECOND: bound(200, 100_000),
  /** Within this a request's headers, and within twice this all of it, must be there; likewise a connection's hello. */
  GATEWAY_CLIENT_TIMEOUT_MS: bound(10_000, 600_000),
  /** A connection is asked for a sign of life so often; without one until the next time it is cut. */
  GATEWAY_PING_EVERY_MS: bound(20_000, 600_000),
});
export type GatewaySettings = z.infer<typeof gatewaySettings>;

/** Injection token of the settings. */
export const GATEWAY_SETTINGS = Symbol('gateway settings');
