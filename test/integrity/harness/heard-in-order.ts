import type { AudioChunk } from '#libs/contracts';
import { soundOf } from '../../support/devices.js';

/** A second of sound. */
export const CHUNK_SAMPLES = 8_000;

/** A session as any reader hears it: what overlaps is trimmed, what is ahead leaves a gap. */
export class HeardInOrder {
  private nextSample = 0;
  private ended = false;
  private fault: string | undefined;

  constructor(private readonly sessionId: string) {}

  take({ sampleOffset, audio, endOfSession }: AudioChunk): void {
    this.ended ||= endOfSession;
    if (sampleOffset > this.nextSample) this.fault ??= `a gap at ${this.nextSample} before ${sampleOffset}`;
    if (audio.length === 0) return;
    const sent = soundOf(this.sessionId, sampleOffset / CHUNK_SAMPLES, CHUNK_SAMPLES);
    if (!audio.equals(sent)) this.fault ??= `other sound at ${sampleOffset}`; // a repeat is the same, too
    this.nextSample = Math.max(this.nextSample, sampleOffset + audio.length / 2);
  }

  faultAfter(chunks: number): string[] {
    const missing =
      this.nextSample === chunks * CHUNK_SAMPLES ? undefined : `${this.nextSample} samples of ${chunks} s`;
    const fault = this.fault ?? missing ?? (this.ended ? undefined : 'no end');
    return fault === undefined ? [] : [`${this.sessionId}: ${fault}`];
  }
}
