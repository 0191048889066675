import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EupneaError } from '#libs/contracts';
import { Health, LOGGER, type Logger, waitFor } from '#libs/platform';
import { Store, isUnavailable } from '#libs/store';
import { ProblemError } from '../http/problem.js';

const PING_EVERY_MS = 2_000;
const ANSWER_WITHIN_MS = 20_000;
const END_OF_TIME_MS = Date.UTC(2100, 0, 1);

/** The store together with the knowledge whether it is there: it is waited for at boot, and its absence is told. */
@Injectable()
export class StoreWatch implements OnModuleInit, OnApplicationShutdown {
  private isPrepared = false;
  private answers = false;
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Store) private readonly store: Store,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Health) health: Health,
  ) {
    health.addReady('store', () =>
      this.isPrepared && this.answers ? { ok: true } : { ok: false, detail: 'ClickHouse does not answer' },
    );
  }

  /** Does not hold the boot up: meanwhile the service answers that the store is away. */
  onModuleInit(): void {
    const { signal } = this.stopping;
    waitFor('ClickHouse', () => this.migrate(), this.logger, signal).then(
      (fault) => {
        if (fault !== undefined) throw fault; // no waiting heals it: ends the process with its message
        this.isPrepared = true;
        return this.watch();
      },
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
  }

  /** @returns a fault that does not go away by itself. Throws while the store is away */
  private async migrate(): Promise<unknown> {
    try {
      await this.store.migrate();
      return undefined;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      return error;
    }
  }

  private async watch(): Promise<void> {
    this.answers = await this.store.ping().catch(() => false);
    if (!this.stopping.signal.aborted) this.timer = setTimeout(() => void this.watch(), PING_EVERY_MS);
  }

  /** Asks the store. @throws EupneaError STORE_UNAVAILABLE while it is away or does not answer in time */
  async ask<T>(question: (store: Store) => Promise<T>): Promise<T> {
    if (!this.isPrepared) throw away();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(away(`within ${ANSWER_WITHIN_MS / 1000} s`)), ANSWER_WITHIN_MS);
    });
    try {
      return await Promise.race([question(this.store), tooLate]);
    } catch (error) {
      throw isUnavailable(error) ? away('now', error) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Asks for rows of one subject.
   * @throws ProblemError SUBJECT_NOT_FOUND when nothing at all is stored about the subject
   */
  async askAbout<Row>(subjectId: string, question: (store: Store) => Promise<Row[]>): Promise<Row[]> {
    const found = await this.ask(question);
    if (found.length > 0) return found;
    const days = await this.ask((store) => store.dayTrend(subjectId, 0, END_OF_TIME_MS, 'UTC'));
    if (days.length === 0) throw new ProblemError('SUBJECT_NOT_FOUND', 'no window of this subject is stored');
    return found;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('stopping'));
    clearTimeout(this.timer);
    await this.store.close();
  }
}

function away(when = 'yet', cause?: unknown): EupneaError {
  return new EupneaError('STORE_UNAVAILABLE', `the store does not answer ${when}; try again soon`, { cause });
}
