import { fileURLToPath } from 'node:url';
import { type InferenceEngine, type ModelBundle, createOnnxEngine, loadBundle } from '#libs/breath-model';
import { type AudioChunk, encode } from '#libs/contracts';
import { DEFAULT_MODULATION, type FrontEndConfig } from '#libs/features';
import { describe, expect, it } from 'vitest';
import { estimateModel, estimateWindows } from './estimate.js';
import { PartitionStreams, type StreamWindow } from './partition-streams.js';

const RATE_HZ = 16_000;
const SECONDS = 9;
const STARTED_AT = 1_700_000_000_000;

/** The network of this fixture reads 64 features; either of these front ends gives as many. */
const FIXTURE = fileURLToPath(new URL('../../breath-model/fixtures/untrained-64', import.meta.url));
const MODULATION: FrontEndConfig = {
  kind: 'modulation-standardised',
  modulation: { ...DEFAULT_MODULATION, bands: 32, coefficients: 32 },
  deltas: true,
  means: new Array<number>(64).fill(0.2),
  deviations: new Array<number>(64).fill(0.5),
};

/** Chunks of one stream that end at these seconds, as the log holds them. */
function recordsOf(ends: number[]) {
  return ends.map((end, index) => {
    const start = ends[index - 1] ?? 0;
    const audio = Buffer.alloc((end - start) * RATE_HZ * 2);
    for (let n = 0; n < audio.length / 2; n++) {
      const at = start * RATE_HZ + n;
      audio.writeInt16LE(Math.round(3_000 * Math.sin(at / 9_000) * Math.sin(at * at)), 2 * n);
    }
    const chunk: AudioChunk = {
      subjectId: 'someone',
      deviceId: 'd',
      sessionId: 's',
      sessionStartedAt: STARTED_AT,
      sampleOffset: start * RATE_HZ,
      sampleRateHz: RATE_HZ,
      channels: 1,
      encoding: 'pcm_s16le',
      preRollSamples: 0,
      audio,
      restState: 'rest',
      restStateSource: 'declared',
      stage: 'none',
      environment: 'indoor',
      timeZone: 'UTC',
      endOfSession: end === SECONDS,
    };
    const value = encode('AudioChunk', chunk);
    return { offset: BigInt(index), appendTimeMs: STARTED_AT + end * 1_000, key: Buffer.from('someone'), value };
  });
}

/** The estimates, and what the network said before rounding. */
async function estimatesOf(bundle: ModelBundle, engine: InferenceEngine, ends: number[]) {
  const model = estimateModel(bundle, engine);
  const streams = new PartitionStreams({ partition: 0, partitionOfKey: () => 0, extractor: model.extractor });
  const windows: StreamWindow[] = recordsOf(ends).flatMap((record) => streams.take(record).windows);
  const predictions = await engine.run(
    windows.map(({ window }) => model.frontEnd.apply(window.frames, window.frameCount)),
  );
  return { predictions, estimates: await estimateWindows(windows, model) };
}

describe('estimates', () => {
  it.each(['log-mel-standardised', 'modulation-standardised'])(
    'follow the front end that the bundle asks for, %s, to the same bits however the sound was cut',
    async (kind) => {
      const loaded = await loadBundle(FIXTURE);
      const frontEnd = kind === MODULATION.kind ? MODULATION : loaded.manifest.frontEnd;
      const bundle = { ...loaded, manifest: { ...loaded.manifest, frontEnd } };
      const engine = await createOnnxEngine(bundle);
      const found = await estimatesOf(bundle, engine, [1, 2, 3, 4, 5, 6, 7, 8, SECONDS]);
      const { predictions, estimates } = found;
      expect(estimates.map(({ startSample }) => startSample)).toEqual([0, 48_000]);
      expect(estimates.every(({ rrPerMinute }) => rrPerMinute > 5 && rrPerMinute < 150)).toBe(true);
      expect(predictions[0]?.rrStdDev).not.toBe(predictions[1]?.rrStdDev);
      expect(await estimatesOf(bundle, engine, [5.5, SECONDS])).toEqual(found);
      await engine.close();
    },
  );
});
