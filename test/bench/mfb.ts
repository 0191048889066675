import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  DEFAULT_FRONT_END,
  DEFAULT_MODULATION,
  MEL,
  MelFilterbank,
  ModulationExtractor,
  createFrontEnd,
  framesIn,
} from '#libs/features';
import { type Timing, compare, report, rounded, summarise } from './measure.js';
import { PlainFilterbank } from './peers/plain-mfb.js';

const SAMPLES = 80_000; // 5 s
const PEER = fileURLToPath(new URL('../../../test/bench/peers/torchaudio-mfb.py', import.meta.url)); // from dist/

export async function run(): Promise<Record<string, unknown>> {
  const samples = Float32Array.from({ length: SAMPLES }, (_, n) => 0.3 * Math.sin(n / 7) + 0.01 * Math.sin(n * n));
  const frames = framesIn(SAMPLES, MEL);
  const filterbank = new MelFilterbank();
  const plainFilterbank = new PlainFilterbank();
  const energies = filterbank.frames(samples);
  const front = createFrontEnd(DEFAULT_FRONT_END);
  const modulationExtractor = new ModulationExtractor(DEFAULT_MODULATION);
  const { mfb, frontEnd, modulation, plain } = await compare({
    mfb: () => filterbank.frames(samples),
    frontEnd: () => front.apply(energies, frames),
    modulation: () => modulationExtractor.frames(samples),
    plain: () => plainFilterbank.energies(samples),
  });
  report(`mel filterbank, ${frames} frames`, mfb);
  report('front end', frontEnd);
  report('modulation features', modulation);
  report('peer: a plain filterbank in JavaScript', plain);
  const torchaudio = timeTorchaudio();
  if (torchaudio) report('peer: torchaudio, one thread', torchaudio);
  else console.log('peer: torchaudio is not there (no python3 here imports it)');
  return {
    windowSeconds: 5,
    mfbMs: rounded(mfb.medianMs),
    microsecondsPerFrame: rounded((mfb.medianMs * 1000) / frames),
    frontEndMs: rounded(frontEnd.medianMs),
    modulationMs: rounded(modulation.medianMs),
    timesFasterThanPlain: rounded(plain.medianMs / mfb.medianMs),
    timesFasterThanTorchaudio: torchaudio ? rounded(torchaudio.medianMs / mfb.medianMs) : null,
  };
}

/** Debian's own python3 may have torchaudio when the first one on the path has not. */
function timeTorchaudio(): Timing | undefined {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { status, stdout } = spawnSync(python, [PEER], { encoding: 'utf8' });
    if (status === 0) return summarise(JSON.parse(stdout) as number[]);
  }
  return undefined;
}
