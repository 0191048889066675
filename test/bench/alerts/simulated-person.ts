import { ANALYSIS_RATE_HZ, type BreathEstimate } from '#libs/contracts';
import type { Dice } from '../../support/dice.js';
import { sampleEstimate } from '../../support/sample-estimate.js';
import { type HeardSequence, type HeardWindow, type Voice, nearestVoices } from './voices.js';

export const HOP_MS = 3_000;
export const windowsIn = (minutes: number): number => (minutes * 60_000) / HOP_MS;

/** Recordings of a similar rate, one of which is the person's. */
const NEAREST = 5;
/** How long a noise level holds on average: a street, a fan, a quiet room. */
const LEVEL_WINDOWS = windowsIn(10);

/** What is true of a person at one window. */
export interface Truth {
  ratePerMinute: number;
  restState: BreathEstimate['restState'];
}

/**
 * Hears a person as a network would: their true rate plus errors of a real recording of a similar rate. Whole
 * sequences follow each other in the order of their windows, and windows that were not accepted keep their places. At
 * each rate a person stays with one recording, so that its bias stays theirs however long is pooled. They also stay
 * with one of the networks: two seeds drawn in turn would average their errors, and only one network is ever in service.
 */
export class SimulatedPerson {
  private readonly estimate: BreathEstimate;
  private readonly voiceAt = new Map<number, Voice>();
  private readonly network: number;
  private sequence: HeardSequence = [];
  private place = 0;
  private level = 0;
  private levelEnds = 0;

  constructor(
    subjectId: string,
    private readonly voices: readonly Voice[],
    private readonly dice: Dice,
  ) {
    this.estimate = sampleEstimate(subjectId, 0, 0);
    this.network = dice.below(voices[0]?.levels[0]?.length ?? 0); // one per seed of the folds
  }

  /** The estimate of one window; the same object each time. */
  hear(window: number, { ratePerMinute, restState }: Truth): BreathEstimate {
    if (this.place === this.sequence.length) this.beginSequence(window, ratePerMinute);
    const { errorPerMinute, quality } = this.sequence[this.place++] as HeardWindow;
    const { estimate } = this;
    estimate.windowStart = window * HOP_MS;
    estimate.startSample = (window * HOP_MS * ANALYSIS_RATE_HZ) / 1000;
    estimate.rrPerMinute = Math.max(0, Math.round((ratePerMinute + errorPerMinute) * 10) / 10);
    estimate.quality = quality;
    estimate.restState = restState;
    return estimate;
  }

  /** The recording whose errors are the person's at a rate. */
  voiceOf(ratePerMinute: number): Voice {
    const rounded = Math.round(ratePerMinute);
    const voice = this.voiceAt.get(rounded) ?? this.dice.pick(nearestVoices(this.voices, ratePerMinute, NEAREST));
    this.voiceAt.set(rounded, voice);
    return voice;
  }

  private beginSequence(window: number, ratePerMinute: number): void {
    const { levels } = this.voiceOf(ratePerMinute);
    if (window >= this.levelEnds) {
      this.level = this.dice.below(levels.length);
      this.levelEnds = window - LEVEL_WINDOWS * Math.log(1 - this.dice.next());
    }
    this.sequence = levels[this.level]?.[this.network] as HeardSequence;
    this.place = 0;
  }
}
