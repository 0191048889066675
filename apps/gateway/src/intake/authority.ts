import { TOPICS, decode } from '#libs/contracts';
import { type DeviceToken, SECRET_SETTING, verifyToken } from '#libs/device-tokens';
import { Projection, createKafka, ensureTopics, isTransient } from '#libs/messaging';
import { Health, LOGGER, type Logger, waitFor } from '#libs/platform';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Refusal } from '../refusal.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';

/** Says who may send: tokens that we signed, that are not over and not revoked. Revocations are read from the log. */
@Injectable()
export class Authority implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly revoked = new Set<string>();
  private readonly stopping = new AbortController();
  private projection: Projection | undefined;
  /** Whether every revocation of before the start is known; until then nobody is let in. */
  isReady = false;

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    health.addReady('revocations', () =>
      this.isReady ? { ok: true } : { ok: false, detail: `reading ${TOPICS.tokens}` },
    );
  }

  onApplicationBootstrap(): void {
    void this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.projection?.stop();
  }

  /** @throws Refusal TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED, and KAFKA_UNAVAILABLE before revocations were read */
  async admit(token: string | undefined): Promise<DeviceToken> {
    if (!this.isReady) throw new Refusal('KAFKA_UNAVAILABLE', 'the revoked tokens were not read yet', 5);
    if (token === undefined) throw new Refusal('TOKEN_INVALID', 'a token is needed');
    const admitted = await verifyToken(this.settings[SECRET_SETTING], token);
    this.requireValid(admitted, Date.now());
    return admitted;
  }

  /** A token that was good may be so no more. @throws Refusal TOKEN_EXPIRED, TOKEN_REVOKED */
  requireValid({ tokenId, expiresAtMs }: DeviceToken, nowMs: number): void {
    if (this.revoked.has(tokenId)) throw new Refusal('TOKEN_REVOKED', `the token ${tokenId} was revoked`);
    if (nowMs >= expiresAtMs) throw new Refusal('TOKEN_EXPIRED', 'the time of the token is over');
  }

  private async start(): Promise<void> {
    const { signal } = this.stopping;
    const kafka = createKafka(this.settings.KAFKA_BROKERS, 'eupnea-gateway-tokens', this.logger);
    const outcome = await waitFor(
      'the revoked tokens',
      async () => {
        try {
          await ensureTopics(kafka, [TOPICS.tokens]);
          const apply = (_: Buffer | null, value: Buffer | null) => this.revoke(value);
          const projection = new Projection({ kafka, topic: TOPICS.tokens, reader: 'gateway', apply });
          this.projection = projection;
          await projection.start();
          return undefined;
        } catch (error) {
          void this.projection?.stop();
          if (isTransient(error)) throw error;
          return { error };
        }
      },
      this.logger,
      signal,
    ).catch((error: unknown) => ({ error }));
    if (signal.aborted) return;
    if (outcome) throw outcome.error;
    this.isReady = true;
  }

  private revoke(value: Buffer | null): void {
    const decoded = decode(value, 'TokenRevocation');
    if (decoded.kind === 'ok') this.revoked.add(decoded.value.value.tokenId);
    else
      this.logger.error({ code: decoded.kind === 'reject' ? decoded.code : decoded.kind }, 'an unreadable revocation');
  }
}

/** The token of an Authorization header. */
export const bearer = (header: string | undefined): string | undefined => /^Bearer (\S+)$/i.exec(header ?? '')?.[1];

/** @throws Refusal TOKEN_MISMATCH when a client names another subject or device than its token */
export function requireSame(
  token: DeviceToken,
  said: { subjectId?: string | undefined; deviceId?: string | undefined },
): void {
  for (const name of ['subjectId', 'deviceId'] as const) {
    if (said[name] !== undefined && said[name] !== token[name]) {
      throw new Refusal('TOKEN_MISMATCH', `the token was issued for another ${name}`);
    }
  }
}
