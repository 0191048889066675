import { Resampler } from '#libs/audio';
import { DEFAULT_MODULATION, type FrameExtractor, createFrameExtractor, framesIn } from '#libs/features';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompletedWindow, StreamWindower, type WindowerChunk } from './stream-windower.js';

const LENGTHS = { windowSeconds: 4.5, hopSeconds: 1.5, minimumSeconds: 4 };
const GRID = { window: 72_000, hop: 24_000, minimum: 64_000 };
/** Low rates keep the tests quick; 7 999 shares hardly a factor with 16 000. */
const RATES = [16_000, 8_000, 7_999, 12_000];

/** Deterministic sound of a session: sample n is a function of n, so any two chunks agree where they overlap. */
const soundAt = (n: number): number =>
  (Math.imul(n ^ 0x5bd1e995, 0x9e3779b1) >>> 9) / 2 ** 23 - 0.5 + 0.2 * Math.sin(n / 30);
const sound = (from: number, to: number): Float32Array =>
  Float32Array.from({ length: to - from }, (_, i) => soundAt(from + i));

interface Span {
  from: number;
  to: number;
  restState: WindowerChunk['restState'];
}

const toChunks = (spans: Span[], endOfSession: boolean): WindowerChunk[] =>
  spans.map(({ from, to, restState }, index) => ({
    sampleOffset: from,
    samples: sound(from, to),
    position: BigInt(100 + 3 * index), // other streams' chunks lie in between
    restState,
    stage: restState === 'rest' ? 'before' : 'during',
    environment: 'indoor',
    endOfSession: endOfSession && index === spans.length - 1,
  }));

const mel40 = createFrameExtractor({ kind: 'mel', bands: 40 });
/** Longer frames of another width; few sub-bands, to be quick. */
const modulation = createFrameExtractor({ kind: 'modulation', ...DEFAULT_MODULATION, bands: 3, coefficients: 2 });

function windowsOf(rateHz: number, chunks: WindowerChunk[], extractor = mel40): CompletedWindow[] {
  const windower = new StreamWindower(rateHz, LENGTHS, extractor);
  return [...chunks.flatMap((chunk) => windower.push(chunk).windows), ...windower.endRun()];
}

/** The rules written out on whole arrays: runs, each resampled at once; then every window that fits. */
function slowWindows(rateHz: number, chunks: WindowerChunk[], extractor: FrameExtractor): CompletedWindow[] {
  const runs: { from: number; states: WindowerChunk['restState'][]; ended: boolean }[] = [];
  for (const chunk of chunks) {
    let run = runs.at(-1);
    if (run?.ended) break;
    if (run === undefined || chunk.sampleOffset > run.from + run.states.length) {
      run = { from: chunk.sampleOffset, states: [], ended: false };
      runs.push(run);
    }
    for (let n = run.from + run.states.length; n < chunk.sampleOffset + chunk.samples.length; n++) {
      run.states.push(chunk.restState);
    }
    run.ended = chunk.endOfSession;
  }
  return runs.flatMap(({ from, states, ended }) => {
    const resampler = new Resampler(rateHz);
    resampler.start(from);
    const samples = [...resampler.push(sound(from, from + states.length)), ...resampler.end()];
    const first = Math.ceil((from * 16_000) / rateHz);
    const windows: CompletedWindow[] = [];
    for (let start = Math.ceil(first / GRID.hop) * GRID.hop; ; start += GRID.hop) {
      const length = Math.min(GRID.window, first + samples.length - start);
      const isLast = length < GRID.window;
      if (isLast && !(ended && length >= GRID.minimum)) return windows;
      const inWindow = samples.slice(start - first, start - first + length);
      const restStates = new Set(
        inWindow.map((_, i) => states[Math.floor(((start + i) * rateHz) / 16_000) - from] as string),
      );
      const restState = (restStates.size === 1 ? [...restStates][0] : 'unknown') as CompletedWindow['restState'];
      windows.push({
        startSample: start,
        windowSamples: length,
        frames: extractor.frames(Float32Array.from(inWindow)),
        frameCount: framesIn(length, extractor),
        restState,
        stage: restState === 'rest' ? 'before' : restState === 'active' ? 'during' : 'none',
        environment: 'indoor',
      });
      if (isLast) return windows;
    }
  });
}

const restStates = fc.constantFrom('rest' as const, 'rest' as const, 'rest' as const, 'active' as const);

/** Chunks as they come: mostly contiguous, some again, some overlapping, some after a gap; up to about 20 s. */
const streams = fc
  .record({
    rateHz: fc.constantFrom(...RATES),
    startSeconds: fc.double({ min: 0, max: 5, noNaN: true }),
    steps: fc.array(
      fc.record({
        seconds: fc.oneof(fc.double({ min: 0.001, max: 2.5, noNaN: true }), fc.constant(0.0005)),
        shiftSeconds: fc.oneof(
          { weight: 14, arbitrary: fc.constant(0) },
          { weight: 3, arbitrary: fc.double({ min: -3, max: 0, noNaN: true }) },
          { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
        ),
        restState: restStates,
      }),
      { minLength: 1, maxLength: 18 },
    ),
    endOfSession: fc.boolean(),
  })
  .map(({ rateHz, startSeconds, steps, endOfSession }) => {
    let expected = Math.round(startSeconds * rateHz);
    const spans = steps.map(({ seconds, shiftSeconds, restState }) => {
      const from = Math.max(0, expected + Math.round(shiftSeconds * rateHz));
      const to = from + Math.round(seconds * rateHz);
      expected = Math.max(expected, to);
      return { from, to, restState };
    });
    return { rateHz, spans, endOfSession };
  });

describe('StreamWindower', () => {
  it.each([
    ['mel energies', mel40, 60],
    ['modulation features', modulation, 15],
  ])('gives the windows of %s that the rules give when written out on whole arrays, to the bit', (_, frames, runs) => {
    fc.assert(
      fc.property(streams, ({ rateHz, spans, endOfSession }) => {
        const chunks = toChunks(spans, endOfSession);
        expect(windowsOf(rateHz, chunks, frames)).toEqual(slowWindows(rateHz, chunks, frames));
      }),
      { numRuns: runs },
    );
  });

  it('gives the same bits however the sound was cut into chunks, and whatever was sent twice', () => {
    const cuts = fc.array(fc.nat(11_999), { maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(...RATES), cuts, cuts, (rateHz, cutPoints, repeated) => {
        const total = Math.round(rateHz * 8.6);
        const edges = [...new Set([0, ...cutPoints.map((cut) => Math.floor((cut * total) / 12_000)), total])].sort(
          (a, b) => a - b,
        );
        const spans = edges.slice(1).flatMap((to, i) => {
          const span: Span = { from: edges[i] as number, to, restState: 'rest' };
          return repeated.includes(i) ? [span, span] : [span];
        });
        const whole = toChunks([{ from: 0, to: total, restState: 'rest' }], true);
        const windows = windowsOf(rateHz, toChunks(spans, true));
        expect(windows).toEqual(windowsOf(rateHz, whole));
        expect(windows.map(({ startSample }) => startSample)).toEqual([0, 24_000, 48_000, 72_000]);
      }),
      { numRuns: 10 },
    );
  });

  it('completes the same later windows when the log is read again from the oldest needed offset, or before it', () => {
    fc.assert(
      fc.property(streams, fc.nat(17), fc.nat(5), ({ rateHz, spans, endOfSession }, crashAfter, earlier) => {
        const chunks = toChunks(spans, endOfSession);
        const crash = Math.min(crashAfter, chunks.length - 1);
        const before = chunks.slice(0, crash + 1);
        const after = chunks.slice(crash + 1);
        fc.pre(after.length > 0);
        const windower = new StreamWindower(rateHz, LENGTHS);
        for (const chunk of before) windower.push(chunk);
        const needed = before.findIndex(({ position }) => position === windower.oldestNeededOffset());
        expect(needed).toBeGreaterThanOrEqual(0);

        const restarted = new StreamWindower(rateHz, LENGTHS);
        for (const chunk of before.slice(Math.max(0, needed - earlier))) restarted.push(chunk);
        expect(restarted.oldestNeededOffset()).toBe(windower.oldestNeededOffset());
        const again = [...after.map((chunk) => restarted.push(chunk)), restarted.endRun()];
        expect(again).toEqual([...after.map((chunk) => windower.push(chunk)), windower.endRun()]);
      }),
      { numRuns: 100 },
    );
  });

  it('needs the chunk before a window as far as the resampling filter reaches into it', () => {
    // Chunk 3 ends just where window 3 begins (sample 36 000 at 8 kHz), and the filter reads a few of its samples.
    const chunks = toChunks(
      Array.from({ length: 8 }, (_, i) => ({ from: i * 9_000, to: (i + 1) * 9_000, restState: 'rest' as const })),
      false,
    );
    const windower = new StreamWindower(8_000, LENGTHS);
    const restarted = new StreamWindower(8_000, LENGTHS);
    for (const chunk of chunks.slice(0, 7)) windower.push(chunk);
    expect(windower.oldestNeededOffset()).toBe((chunks[3] as WindowerChunk).position);
    for (const chunk of chunks.slice(3, 7)) restarted.push(chunk);
    const last = chunks[7] as WindowerChunk;
    expect([restarted.push(last), restarted.endRun()]).toEqual([windower.push(last), windower.endRun()]);
  });

  it('never gives a window that spans a gap, and goes on on the same grid behind it', () => {
    const chunks = toChunks(
      [
        { from: 0, to: 80_000, restState: 'rest' },
        { from: 80_001, to: 200_000, restState: 'rest' },
      ],
      false,
    );
    const windower = new StreamWindower(16_000, LENGTHS);
    const results = chunks.map((chunk) => windower.push(chunk));
    expect(results.map(({ gapSamples }) => gapSamples)).toEqual([undefined, 1]);
    expect(results.flatMap(({ windows }) => windows.map(({ startSample }) => startSample))).toEqual([
      0, 96_000, 120_000,
    ]);
  });

  it('lets a gap complete the window whose last samples waited in the resampler', () => {
    const windower = new StreamWindower(8_000, LENGTHS);
    const [first, behindGap] = toChunks(
      [
        { from: 0, to: 36_000, restState: 'rest' },
        { from: 50_000, to: 50_100, restState: 'rest' },
      ],
      false,
    ) as [WindowerChunk, WindowerChunk];
    expect(windower.push(first).windows).toEqual([]);
    expect(windower.push(behindGap).windows.map(({ startSample }) => startSample)).toEqual([0]);
  });

  it('keeps what came first in the log where chunks overlap', () => {
    const [first, second] = toChunks(
      [
        { from: 0, to: 40_000, restState: 'rest' },
        { from: 20_000, to: 72_000, restState: 'rest' },
      ],
      false,
    ) as [WindowerChunk, WindowerChunk];
    const other = { ...second, samples: second.samples.map((sample, i) => (i < 20_000 ? 0.9 : sample)) };
    expect(windowsOf(16_000, [first, other])).toEqual(windowsOf(16_000, [first, second]));
  });

  it('says why a chunk gave nothing', () => {
    const windower = new StreamWindower(16_000, LENGTHS);
    const [first, end] = toChunks(
      [
        { from: 0, to: 16_000, restState: 'rest' },
        { from: 16_000, to: 16_000, restState: 'rest' },
      ],
      true,
    ) as [WindowerChunk, WindowerChunk];
    expect(windower.push(first)).toEqual({ windows: [] });
    expect(windower.push(first)).toEqual({ windows: [], dropped: 'duplicate_chunk' });
    expect(windower.push(end)).toEqual({ windows: [] });
    expect(windower.push(end)).toEqual({ windows: [], dropped: 'session_ended' });
  });

  it('needs no chunk before the first sound and after the end, and in between at least the newest', () => {
    const windower = new StreamWindower(16_000, LENGTHS);
    expect(windower.oldestNeededOffset()).toBeUndefined();
    const [young, reaching, end] = toChunks(
      [
        { from: 1_000, to: 20_000, restState: 'rest' }, // the next window begins at 24 000
        { from: 20_000, to: 30_000, restState: 'rest' },
        { from: 30_000, to: 31_000, restState: 'rest' },
      ],
      true,
    ) as [WindowerChunk, WindowerChunk, WindowerChunk];
    windower.push(young);
    expect(windower.oldestNeededOffset()).toBe(young.position);
    windower.push(reaching);
    expect(windower.oldestNeededOffset()).toBe(reaching.position);
    windower.push(end);
    expect(windower.oldestNeededOffset()).toBeUndefined();
  });

  it('does not grow with the length of a session', () => {
    const windower = new StreamWindower(48_000);
    const sizes = Array.from({ length: 4 }, (_, quarter) => {
      for (let second = 0; second < 15; second++) {
        const sampleOffset = (quarter * 15 + second) * 48_000;
        windower.push({
          sampleOffset,
          samples: new Float32Array(48_000),
          position: BigInt(sampleOffset),
          restState: 'rest',
          stage: 'none',
          environment: 'unknown',
          endOfSession: false,
        });
      }
      return heldNumbers(windower);
    });
    expect(sizes[3]).toBeLessThanOrEqual((sizes[0] as number) + 1);
  });

  it.each([
    [{ windowSeconds: 3.9 }, 'windowSeconds'],
    [{ windowSeconds: 7.1 }, 'windowSeconds'],
    [{ windowSeconds: 5, minimumSeconds: 6 }, 'minimumSeconds'],
    [{ minimumSeconds: 3 }, 'minimumSeconds'],
    [{ hopSeconds: 0 }, 'hopSeconds'],
    [{ hopSeconds: 7 }, 'hopSeconds'],
    [{ hopSeconds: 1.005 }, 'hopSeconds'],
    [{ windowSeconds: Number.NaN }, 'windowSeconds'],
  ])('refuses %o', (options, name) => {
    expect(() => new StreamWindower(16_000, options)).toThrow(name);
  });
});

/** Numbers held anywhere below an object: typed arrays by their length, everything else by counting. */
function heldNumbers(value: unknown): number {
  if (ArrayBuffer.isView(value)) return (value as Float32Array).length;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, member) => sum + heldNumbers(member), 0);
}
