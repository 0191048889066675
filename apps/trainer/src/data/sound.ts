import { Resampler, readAudioFile } from '#libs/audio';
import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { readFileSync } from 'node:fs';

/** A whole file as mono samples at 16 kHz. */
function readSound(file: string): Float32Array {
  const { sampleRateHz, samples } = readAudioFile(readFileSync(file), file);
  if (sampleRateHz === ANALYSIS_RATE_HZ) return samples;
  const resampler = new Resampler(sampleRateHz);
  resampler.start(0);
  const head = resampler.push(samples);
  const tail = resampler.end();
  const all = new Float32Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

/** The same in shared memory, so that worker threads need no copy. */
export function readSharedSound(file: string): Float32Array {
  const samples = readSound(file);
  const shared = new Float32Array(new SharedArrayBuffer(samples.byteLength));
  shared.set(samples);
  return shared;
}
