import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { solvePositiveDefinite } from './cholesky.js';
import { fitKernelRidge, predictKernelRidge } from './kernel-ridge.js';

describe("Cholesky's solution", () => {
  it('solves A x = b for any A = B B^T + 1', () => {
    const size = 4;
    const values = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(values, (numbers) => {
        const b = (row: number, k: number) => numbers[row * size + k] as number;
        const matrix = Float64Array.from({ length: size * size }, (_, at) => {
          const [row, column] = [Math.floor(at / size), at % size];
          return [0, 1, 2, 3].reduce((sum, k) => sum + b(row, k) * b(column, k), row === column ? 1 : 0);
        });
        const right = Float64Array.from(numbers.slice(16));
        const x = solvePositiveDefinite(matrix.slice(), right);
        for (let row = 0; row < size; row++) {
          const product = x.reduce((sum, value, k) => sum + value * (matrix[row * size + k] as number), 0);
          expect(product).toBeCloseTo(right[row] as number, 8);
        }
      }),
    );
  });

  it('of a matrix that is not positive definite is refused', () => {
    expect(() => solvePositiveDefinite(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toThrow(RangeError);
  });
});

describe('kernel ridge', () => {
  const items = [Float64Array.of(0), Float64Array.of(1)];

  it('with every item as a landmark is y = K (K + ridge)^-1 y, by hand for two items', () => {
    const ridge = 0.5;
    const k = Math.exp(-0.7);
    const fitted = fitKernelRidge(items, [10, 20], items, { sharpness: 0.7, ridge });
    // about the mean 15 the targets are -5 and 5; (K + ridge)^-1 [-5, 5] = [-5, 5] / (1 + ridge - k)
    const weight = 5 / (1 + ridge - k);
    expect(predictKernelRidge(fitted, Float64Array.of(0))).toBeCloseTo(15 - weight + weight * k, 4);
    expect(predictKernelRidge(fitted, Float64Array.of(1))).toBeCloseTo(15 + weight - weight * k, 4);
  });

  it('is the mean of the targets far from every landmark', () => {
    const fitted = fitKernelRidge(items, [10, 30], items, { sharpness: 1, ridge: 0.1 });
    expect(predictKernelRidge(fitted, Float64Array.of(50))).toBeCloseTo(20, 9);
  });

  it('with few landmarks still follows a smooth function of many items', () => {
    const many = Array.from({ length: 60 }, (_, i) => Float64Array.of(i / 10));
    const targets = many.map(([x]) => Math.sin(x as number));
    const landmarks = many.filter((_, i) => i % 6 === 0);
    const fitted = fitKernelRidge(many, targets, landmarks, { sharpness: 1, ridge: 1e-3 });
    for (const [at, item] of many.entries()) {
      expect(Math.abs(predictKernelRidge(fitted, item) - (targets[at] as number))).toBeLessThan(0.05);
    }
  });
});
