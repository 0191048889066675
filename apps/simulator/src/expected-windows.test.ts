import { StreamWindower } from '#libs/windowing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectedWindows } from './expected-windows.js';

const situation = { restState: 'rest', stage: 'none', environment: 'indoor' } as const;

test('as many windows are expected as the windower completes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(8_000, 16_000, 22_050),
      fc.array(
        fc.record({
          gapSeconds: fc.double({ min: 0.1, max: 9, noNaN: true }),
          seconds: fc.double({ min: 0.5, max: 20, noNaN: true }),
        }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      fc.boolean(),
      (rateHz, parts, ended) => {
        const windower = new StreamWindower(rateHz);
        let windows = 0;
        let at = 0;
        const runs = parts.map(({ gapSeconds, seconds }, i) => {
          const from = at + (i === 0 ? 0 : Math.ceil(gapSeconds * rateHz));
          at = from + Math.ceil(seconds * rateHz);
          const samples = new Float32Array(at - from);
          const endOfSession = ended && i === parts.length - 1;
          windows += windower.push({ sampleOffset: from, samples, position: BigInt(i), endOfSession, ...situation })
            .windows.length;
          return { from, to: at };
        });
        windows += windower.endRun().length;
        expect(windows).toBe(expectedWindows(rateHz, runs, ended));
      },
    ),
    { numRuns: 60 },
  );
});

test('the formula of the guide: full windows every 3 s, and what is left when it lasts 4 s', () => {
  const windows = (seconds: number) => expectedWindows(16_000, [{ from: 0, to: seconds * 16_000 }], true);
  expect([3.9, 4, 6, 6.5, 7, 9, 10, 60].map(windows)).toEqual([0, 1, 1, 1, 2, 2, 3, 19]);
});
