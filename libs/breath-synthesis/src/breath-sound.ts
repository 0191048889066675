import { type Layer, layersOf } from './layers.js';
import type { SessionPlan } from './session-plan.js';
import { TEXTURE_SAMPLES } from './texture.js';

/** Gains are worked out at the edges of blocks on the absolute sample grid and run linearly between them. */
const BLOCK_SAMPLES = 64;

/**
 * The sound of a planned session at one sample rate. Every sample is a function of its own index alone, so the sound is
 * the same however it is cut, and reading it in order is cheap: a few additions per sample.
 */
export class BreathSound {
  /** Samples of the whole session. */
  readonly length: number;
  private readonly layers: Layer[];

  constructor(
    plan: SessionPlan,
    readonly sampleRateHz: number,
  ) {
    this.length = Math.round(plan.seconds * sampleRateHz);
    this.layers = layersOf(plan, sampleRateHz);
  }

  /** Samples [from, from + count) of the session, in full scale [-1, 1]; clipped where they would exceed it. */
  read(from: number, count: number): Float32Array {
    const samples = new Float32Array(count);
    const lastBlock = Math.ceil((from + count) / BLOCK_SAMPLES);
    for (let block = Math.floor(from / BLOCK_SAMPLES); block < lastBlock; block++) {
      for (const layer of this.layers) this.addBlock(samples, from, block, layer);
    }
    for (let i = 0; i < count; i++) samples[i] = Math.max(-1, Math.min(1, samples[i] as number));
    return samples;
  }

  private addBlock(samples: Float32Array, from: number, block: number, layer: Layer): void {
    const start = block * BLOCK_SAMPLES;
    const startSecond = start / this.sampleRateHz;
    const endSecond = (start + BLOCK_SAMPLES) / this.sampleRateHz;
    const sounding = layer.sounding(startSecond, endSecond);
    if (sounding === undefined) return;
    const { texture, offset, startGain } = sounding;
    const slope = (sounding.endGain - startGain) / BLOCK_SAMPLES;
    const end = Math.min(start + BLOCK_SAMPLES, from + samples.length);
    let at = (Math.max(start, from) + offset) % TEXTURE_SAMPLES;
    for (let i = Math.max(start, from); i < end; i++) {
      const gain = startGain + slope * (i - start);
      samples[i - from] = (samples[i - from] as number) + gain * (texture[at] as number);
      at = (at + 1) & (TEXTURE_SAMPLES - 1);
    }
  }
}
