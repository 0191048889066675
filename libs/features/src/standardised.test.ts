import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deltas } from './deltas.js';
import { fitFrontEnd } from './fit-front-end.js';
import { createFrameExtractor } from './frame-extractor.js';
import { framesIn } from './frame-grid.js';
import { createFrontEnd } from './front-end.js';
import { MelFilterbank, kaldiLog } from './mel-filterbank.js';
import { DEFAULT_MODULATION } from './modulation.js';
import type { UnfittedFrontEnd } from './standardised.js';
import { referenceSound } from './testing/reference-sound.js';

const kinds: UnfittedFrontEnd[] = [
  { kind: 'log-mel-standardised', bands: 20, deltas: false },
  { kind: 'log-mel-standardised', bands: 40, deltas: true },
  { kind: 'log-mel-standardised', bands: 64, deltas: false },
  { kind: 'modulation-standardised', modulation: DEFAULT_MODULATION, deltas: true },
];

const extractorOf = (kind: UnfittedFrontEnd) =>
  createFrameExtractor(
    kind.kind === 'log-mel-standardised'
      ? { kind: 'mel', bands: kind.bands }
      : { kind: 'modulation', ...kind.modulation },
  );

/** Windows of different lengths out of the reference sound. */
function windowsOf(kind: UnfittedFrontEnd) {
  const extractor = extractorOf(kind);
  return [referenceSound().subarray(0, 9_000), referenceSound().subarray(12_000, 23_000)].map((samples) => ({
    frames: extractor.frames(samples),
    frameCount: framesIn(samples.length, extractor),
  }));
}

describe.each(kinds)('the front end $kind, deltas $deltas', (kind) => {
  it('fitted to windows gives each feature the mean 0 and the deviation 1 over all their frames', () => {
    const windows = windowsOf(kind);
    const frontEnd = createFrontEnd(fitFrontEnd(kind, windows));
    const inputs = windows.map(({ frames, frameCount }) => frontEnd.apply(frames, frameCount));
    const rows = inputs.flatMap(({ features }) => [...features]);
    const count = rows.length / frontEnd.featureWidth;
    expect(count).toBe(windows[0]!.frameCount + windows[1]!.frameCount);
    for (let feature = 0; feature < frontEnd.featureWidth; feature++) {
      const values = rows.filter((_, at) => at % frontEnd.featureWidth === feature);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
      expect(mean).toBeCloseTo(0, 4);
      expect(variance).toBeCloseTo(1, 4);
    }
  });

  it('asks for the frames of its extractor, has a step for each, and no statistics of the window', () => {
    const windows = windowsOf(kind);
    const frontEnd = createFrontEnd(fitFrontEnd(kind, windows));
    const extractor = createFrameExtractor(frontEnd.frameConfig);
    expect(extractor.width * (kind.deltas ? 2 : 1)).toBe(frontEnd.featureWidth);
    const input = frontEnd.apply(windows[0]!.frames, windows[0]!.frameCount);
    expect(input.frames).toBe(windows[0]!.frameCount);
    expect(input.features.length).toBe(input.frames * frontEnd.featureWidth);
    expect(input.levels.length).toBe(frontEnd.levelWidth);
    expect(frontEnd.levelWidth).toBe(0);
  });
});

describe('a standardising front end', () => {
  it('z-scores Kaldi’s log-mels, then their slopes', () => {
    const energies = new MelFilterbank(20).frames(referenceSound().subarray(3_000, 6_000));
    const count = energies.length / 20;
    const means = Array.from({ length: 40 }, (_, feature) => feature - 10);
    const deviations = Array.from({ length: 40 }, (_, feature) => 1 + feature / 7);
    const config = { kind: 'log-mel-standardised' as const, bands: 20 as const, deltas: true, means, deviations };
    const { features } = createFrontEnd(config).apply(energies, count);
    const logs = kaldiLog(energies);
    const slopes = deltas(logs, count, 20);
    for (let frame = 0; frame < count; frame++) {
      for (let band = 0; band < 20; band++) {
        const [log, slope] = [logs[frame * 20 + band] as number, slopes[frame * 20 + band] as number];
        expect(features[frame * 40 + band]).toBeCloseTo((log - means[band]!) / deviations[band]!, 5);
        expect(features[frame * 40 + 20 + band]).toBeCloseTo((slope - means[20 + band]!) / deviations[20 + band]!, 5);
      }
    }
  });

  it('is fitted to the same statistics however the frames are dealt out to windows', () => {
    const kind: UnfittedFrontEnd = { kind: 'log-mel-standardised', bands: 20, deltas: false };
    const frames = new MelFilterbank(20).frames(referenceSound());
    const whole = fitFrontEnd(kind, [{ frames, frameCount: frames.length / 20 }]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 197 }), (cut) => {
        const parts = [frames.subarray(0, cut * 20), frames.subarray(cut * 20)];
        const found = fitFrontEnd(kind, parts.map((part) => ({ frames: part, frameCount: part.length / 20 }))); // prettier-ignore
        expect(found).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('normalises over the window where it is asked to, by the formula', () => {
    const energies = new MelFilterbank(20).frames(referenceSound().subarray(0, 8_000));
    const count = energies.length / 20;
    const fitted = fitFrontEnd({ kind: 'log-mel-standardised', bands: 20, deltas: true }, [{ frames: energies, frameCount: count }]); // prettier-ignore
    const plain = createFrontEnd(fitted).apply(energies, count).features;
    const { features } = createFrontEnd({ ...fitted, windowDeviationOffset: 0.5 }).apply(energies, count);
    for (let feature = 0; feature < 40; feature++) {
      const values = [...plain].filter((_, at) => at % 40 === feature);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
      values.forEach((value, frame) =>
        expect(features[frame * 40 + feature]).toBeCloseTo((value - mean) / (deviation + 0.5), 5),
      );
    }
  });

  it('leaves a feature that never changes at 0', () => {
    const kind: UnfittedFrontEnd = { kind: 'log-mel-standardised', bands: 20, deltas: false };
    const silence = { frames: new Float32Array(60), frameCount: 3 };
    const { features } = createFrontEnd(fitFrontEnd(kind, [silence])).apply(silence.frames, silence.frameCount);
    expect(Math.max(...features.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('refuses statistics that do not fit, no windows, and windows that are too short', () => {
    const kind = { kind: 'log-mel-standardised' as const, bands: 20 as const, deltas: false };
    const ones = new Array<number>(20).fill(1);
    const wrong = [
      { means: [1, 2], deviations: ones },
      { means: ones, deviations: ones.slice(1) },
      { means: ones, deviations: ones.map(() => 0) },
    ];
    for (const statistics of wrong) expect(() => createFrontEnd({ ...kind, ...statistics })).toThrow('20 features');
    expect(() => fitFrontEnd(kind, [])).toThrow('no window');
    const frontEnd = createFrontEnd({ ...kind, means: ones, deviations: ones });
    expect(() => frontEnd.apply(new Float32Array(20), 2)).toThrow('2 frames');
    expect(() => frontEnd.apply(new Float32Array(0), 0)).toThrow('0 frames');
  });
});
