import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stack, eventually, runCommand } from './stack.js';
import { writeWav } from './write-wav.js';

export const SIMULATOR = 'dist/apps/simulator/src/main.js';

/** Bursts of noise every 2.5 s; the rate does not matter here, the rows do. */
function bursts(seconds: number, sampleRateHz: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: seconds * sampleRateHz }, (_, n) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return (seed / 2 ** 31) * 0.2 * Math.max(0, Math.sin((2 * Math.PI * n) / sampleRateHz / 2.5));
  });
}

/** [start, length] in seconds of the windows of 20.5 s of sound: the grid, and a last one of 5.5 s. */
export const EXPECTED_WINDOWS = [0, 3, 6, 9, 12, 15].map((start) => [start, start < 15 ? 6 : 5.5]);

/** Replays 20.5 s at a rate as the subject, and resolves with [start, length] of the windows in the store. */
export async function replayed(
  stack: Stack,
  subjectId: string,
  sampleRateHz: number,
  options: string[] = [],
): Promise<number[][]> {
  const file = join(stack.home, `${subjectId}.wav`);
  writeFileSync(file, writeWav(bursts(21, sampleRateHz).subarray(0, 20.5 * sampleRateHz), sampleRateHz));
  const replay = await runCommand(
    [SIMULATOR, 'replay', file, '--subject', subjectId, '--speed', '40', ...options],
    stack.environment(),
  );
  if (replay.status !== 0) throw new Error(replay.stderr);
  const windows = () =>
    stack.rows<{ start: number; seconds: number }>(
      `SELECT start_sample / 16000 AS start, window_seconds AS seconds FROM eupnea.estimates FINAL
       WHERE subject_id = {subjectId:String} ORDER BY start`,
      { subjectId },
    );
  const found = await eventually('all windows', windows, (rows) => rows.length >= EXPECTED_WINDOWS.length);
  return found.map(({ start, seconds }) => [start, seconds]);
}
