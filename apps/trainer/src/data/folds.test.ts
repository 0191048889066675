import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../draws/random.js';
import { assertDisjoint, dealFolds } from './folds.js';

const clip = (noiseId: string, noiseClass: string, subjectId?: string) => ({
  noiseId,
  noiseClass,
  audioFile: '',
  ...(subjectId ? { subjectId } : {}),
});

describe('folds by person', () => {
  it('hold every person and clip in exactly one part, and a clip with its person', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 0, max: 1e9 }), (people, seed) => {
        const subjects = Array.from({ length: people }, (_, i) => `cw${i}`);
        const clips = [
          ...subjects.slice(0, people - 2).map((name) => clip(`cough_${name}`, 'cough', name)),
          ...Array.from({ length: 9 }, (_, i) => clip(`rain_${i}`, 'rain')),
          clip('cough_cw999', 'cough', 'cw999'), // a stranger's
        ];
        const folds = dealFolds([...subjects, ...subjects], clips, 5, seededRandom(seed));
        expect(folds.flatMap(({ subjects: held }) => [...held]).sort()).toEqual([...subjects].sort());
        expect(folds.flatMap(({ noiseIds }) => [...noiseIds]).sort()).toEqual(
          clips.map(({ noiseId }) => noiseId).sort(),
        );
        const sizes = folds.map(({ subjects: held }) => held.size);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const { subjects: held, noiseIds } of folds) {
          for (const name of held) {
            if (clips.some(({ noiseId }) => noiseId === `cough_${name}`)) expect(noiseIds).toContain(`cough_${name}`);
          }
        }
      }),
    );
  });

  it('are the same for the same seed, whatever the order of the recordings', () => {
    const subjects = ['cw1', 'cw2', 'cw3', 'cw4', 'cw5', 'cw6'];
    const deal = (names: string[]) => dealFolds(names, [], 3, seededRandom(4));
    expect(deal([...subjects].reverse())).toEqual(deal(subjects));
  });

  it('with somebody in two parts are refused by name', () => {
    const part = (...names: string[]) => ({ subjects: new Set(names), noiseIds: new Set<string>() });
    expect(() => assertDisjoint([part('cw1', 'cw2'), part('cw3', 'cw2')])).toThrow(/'cw2' is in two parts/);
    const noisy = (id: string) => ({ subjects: new Set<string>(), noiseIds: new Set([id]) });
    expect(() => assertDisjoint([noisy('rain_1'), noisy('rain_1')])).toThrow(/'rain_1' is in two parts/);
  });

  it('need as many people as folds', () => {
    expect(() => dealFolds(['cw1', 'cw2'], [], 3, seededRandom(1))).toThrow(
      expect.objectContaining({ code: 'DATA_INVALID' }) as Error,
    );
  });
});
