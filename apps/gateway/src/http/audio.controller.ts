import { Controller, Headers, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { DeviceToken } from '#libs/device-tokens';
import { isTransient } from '#libs/messaging';
import type { Request } from 'express';
import { AudioLog } from '../intake/audio-log.js';
import { Authority, bearer, requireSame } from '../intake/authority.js';
import { checkChunk } from '../intake/check-chunk.js';
import type { LaneItem } from '../intake/lane.js';
import { type ChunkHeader, parseChunkHeader } from '../intake/messages.js';
import { RateLimit } from '../intake/rate-limit.js';
import { SessionTable, deviceKeyOf } from '../intake/session-table.js';
import { LIMITS } from '../limits.js';
import { gatewayMetrics } from '../metrics.js';
import { Refusal, refusalOf } from '../refusal.js';
import { readBody } from './read-body.js';

/** One chunk a request, for devices that send now and then; answered when it is durable. */
@Controller('v1/audio')
export class AudioController {
  constructor(
    @Inject(Authority) private readonly authority: Authority,
    @Inject(AudioLog) private readonly log: AudioLog,
    @Inject(RateLimit) private readonly rateLimit: RateLimit,
    @Inject(SessionTable) private readonly sessions: SessionTable,
  ) {}

  @Post()
  @HttpCode(200)
  async take(
    @Req() request: Request,
    @Headers('authorization') authorization: string | undefined,
    @Headers('eupnea-chunk') described: string | undefined,
  ): Promise<{ durableOffset: number }> {
    const token = await this.authority.admit(bearer(authorization));
    if (!this.log.isReady) throw new Refusal('KAFKA_UNAVAILABLE', 'the log is not there yet', LIMITS.retryAfterSeconds);
    const header = parseChunkHeader(described ?? '');
    requireSame(token, header);
    this.limitRate(token);
    const reserved = Math.min(Number(request.headers['content-length'] ?? LIMITS.chunkBytes), LIMITS.chunkBytes);
    if (!this.log.reserve(reserved)) {
      throw new Refusal('OVERLOADED', 'too much already waits for the log', LIMITS.retryAfterSeconds);
    }
    let appended: Promise<void> | undefined;
    try {
      const item = this.check(token, header, await readBody(request, LIMITS.chunkBytes));
      appended = this.log.append([item.chunk]);
      await withinTime(appended);
      gatewayMetrics.chunks.inc({ way: 'post' });
      return { durableOffset: item.endOffset };
    } finally {
      // What nobody waits for any more is in memory until the producer is done with it.
      void Promise.allSettled([appended]).then(() => this.log.release(reserved));
    }
  }

  private limitRate(token: DeviceToken): void {
    const device = deviceKeyOf(token);
    const waitMs = this.rateLimit.waitMs(device, Date.now());
    if (waitMs > 0)
      throw new Refusal('TOO_FAST', 'the device sends too many chunks a second', Math.ceil(waitMs / 1000));
    this.rateLimit.take(device, 1, Date.now());
  }

  private check({ subjectId, deviceId }: DeviceToken, header: ChunkHeader, audio: Buffer): LaneItem {
    const checked = checkChunk({ ...header, subjectId, deviceId, audio }, Date.now());
    if (checked.kind === 'reject') throw refusalOf(checked);
    if (checked.kind === 'drop') throw new Refusal('INTERNAL', checked.reason);
    this.sessions.check({ subjectId, deviceId }, header);
    return checked.value;
  }
}

/** @throws Refusal KAFKA_UNAVAILABLE when it takes too long or fails in passing; it may be durable all the same */
async function withinTime(appended: Promise<void>): Promise<void> {
  const unavailable = () =>
    new Refusal('KAFKA_UNAVAILABLE', 'the log did not acknowledge; send it again', LIMITS.retryAfterSeconds);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable()), LIMITS.appendMs);
  });
  try {
    await Promise.race([appended, tooLate]);
  } catch (error) {
    throw isTransient(error) ? unavailable() : error;
  } finally {
    clearTimeout(timer);
  }
}
