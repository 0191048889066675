import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameConfig, createFrameExtractor } from './frame-extractor.js';
import { framesIn } from './frame-grid.js';
import { MEL_BANDS } from './mel-filterbank.js';
import { DEFAULT_MODULATION } from './modulation.js';
import { referenceSound } from './testing/reference-sound.js';

const configs: FrameConfig[] = [
  ...MEL_BANDS.map((bands) => ({ kind: 'mel' as const, bands })),
  { kind: 'modulation', ...DEFAULT_MODULATION },
];

describe.each(configs)('the extractor of $kind, $bands bands', (config) => {
  const sound = referenceSound().subarray(11_000, 17_000);
  const whole = createFrameExtractor(config).frames(sound);

  it('gives as many frames as fit, of its width', () => {
    const extractor = createFrameExtractor(config);
    expect(whole.length).toBe(framesIn(sound.length, extractor) * extractor.width);
    const { frameSamples } = extractor;
    expect(extractor.frames(sound.subarray(0, frameSamples - 1)).length).toBe(0);
    expect(extractor.frames(sound.subarray(0, frameSamples + extractor.hopSamples)).length).toBe(2 * extractor.width);
  });

  it('gives the same bits however a stream is cut, and whatever it was asked before', () => {
    const extractor = createFrameExtractor(config);
    const { width, hopSamples, frameSamples } = extractor;
    fc.assert(
      fc.property(fc.array(fc.nat(sound.length), { maxLength: 6 }), (cuts) => {
        const edges = [...cuts, sound.length].sort((a, b) => a - b);
        const found: number[] = [];
        let frame = 0;
        for (const end of edges) {
          // Only what a stream must keep: from the next frame's first sample on.
          const kept = sound.slice(Math.min(frame * hopSamples, end), end);
          const rows = extractor.frames(kept);
          found.push(...rows);
          frame += rows.length / width;
        }
        expect(Float32Array.from(found)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
    expect(frameSamples).toBeGreaterThanOrEqual(hopSamples);
  });

  it('gives one frame as it gives them all, and writes nothing else', () => {
    const extractor = createFrameExtractor(config);
    const { width, hopSamples, frameSamples } = extractor;
    for (const frame of [20, 3]) {
      const around = new Float32Array(frameSamples + 30).fill(0.9);
      around.set(sound.subarray(frame * hopSamples, frame * hopSamples + frameSamples), 17);
      const target = new Float32Array(width + 2).fill(7);
      extractor.frameInto(around, 17, target, 1);
      expect(target).toEqual(Float32Array.from([7, ...whole.subarray(frame * width, (frame + 1) * width), 7]));
    }
  });
});
