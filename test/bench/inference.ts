import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createOnnxEngine, loadBundle } from '#libs/breath-model';
import { createFrameExtractor, createFrontEnd, framesIn } from '#libs/features';
import { compare, report, rounded } from './measure.js';

const BATCH = 64;
const ROOT = new URL('../../../', import.meta.url); // from dist/test/bench/
const SHIPPED = fileURLToPath(new URL('models/default', ROOT));
const UNTRAINED = fileURLToPath(new URL('libs/breath-model/fixtures/untrained', ROOT));

export async function run(): Promise<Record<string, unknown>> {
  const bundle = await loadBundle(existsSync(SHIPPED) ? SHIPPED : UNTRAINED);
  const engine = await createOnnxEngine(bundle);
  const samples = Float32Array.from({ length: 80_000 }, (_, n) => 0.1 * Math.sin(n / 7) * Math.sin(n / 9_000));
  const frontEnd = createFrontEnd(bundle.manifest.frontEnd);
  const extractor = createFrameExtractor(frontEnd.frameConfig);
  const input = frontEnd.apply(extractor.frames(samples), framesIn(samples.length, extractor));
  const batch = new Array<typeof input>(BATCH).fill(input);
  const { one, many } = await compare({ one: () => engine.run([input]), many: () => engine.run(batch) });
  await engine.close();
  report(`${engine.modelVersion}, one 5 s window`, one);
  report(`${engine.modelVersion}, ${BATCH} windows`, many);
  return {
    model: engine.modelVersion,
    windowSeconds: 5,
    batch1MsPerWindow: rounded(one.medianMs),
    batch64MsPerWindow: rounded(many.medianMs / BATCH),
  };
}
