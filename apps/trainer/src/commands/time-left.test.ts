import { afterEach, expect, it, vi } from 'vitest';
import { timeLeft } from './time-left.js';

afterEach(() => vi.restoreAllMocks());

it('says how long the rest takes, from how long the first pieces took', () => {
  const lines: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  let now = 0;
  const onDone = timeLeft('trials', 3, () => now);
  for (const seconds of [600, 1200, 600]) {
    now += seconds;
    onDone();
  }
  expect(lines).toEqual([
    'trials: 1 of 3 done, about 20 min left',
    'trials: 2 of 3 done, about 15 min left',
    'trials: 3 of 3 done',
  ]);
});
