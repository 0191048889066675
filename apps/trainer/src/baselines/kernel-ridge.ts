import { solvePositiveDefinite } from './cholesky.js';

/** f(x) = offset + sum of weight_j exp(-sharpness |x - landmark_j|^2). */
export interface KernelRidge {
  sharpness: number;
  offset: number;
  weights: readonly number[];
  landmarks: readonly Float64Array[];
}

export interface KernelRidgeSettings {
  /** Of the Gaussian kernel, per squared distance. */
  sharpness: number;
  /** Ridge on the squared norm of f. */
  ridge: number;
}

/** Keeps the normal equations positive definite where two landmarks coincide; far below any ridge in use. */
const JITTER = 1e-6;

/**
 * Kernel ridge regression restricted to functions of some landmarks ("subset of regressors", Rasmussen and Williams,
 * Gaussian Processes for Machine Learning, section 8.3.1): minimises sum (y_i - f(x_i))^2 + ridge |f|^2. With every
 * item as a landmark it is ordinary kernel ridge; with fewer it costs less and predicts faster.
 */
export function fitKernelRidge(
  items: readonly Float64Array[],
  targets: readonly number[],
  landmarks: readonly Float64Array[],
  { sharpness, ridge }: KernelRidgeSettings,
): KernelRidge {
  const size = landmarks.length;
  const offset = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  landmarks.forEach((landmark, row) => {
    for (let column = 0; column <= row; column++) {
      matrix[row * size + column] = ridge * kernel(landmark, landmarks[column] as Float64Array, sharpness);
    }
    matrix[row * size + row] = (matrix[row * size + row] as number) + JITTER;
  });
  const similarity = new Float64Array(size);
  items.forEach((item, index) => {
    landmarks.forEach((landmark, at) => (similarity[at] = kernel(item, landmark, sharpness)));
    const distance = (targets[index] as number) - offset;
    for (let row = 0; row < size; row++) {
      const own = similarity[row] as number;
      right[row] = (right[row] as number) + own * distance;
      for (let column = 0, at = row * size; column <= row; column++, at++) {
        matrix[at] = (matrix[at] as number) + own * (similarity[column] as number);
      }
    }
  });
  return { sharpness, offset, weights: [...solvePositiveDefinite(matrix, right)], landmarks };
}

export function predictKernelRidge({ sharpness, offset, weights, landmarks }: KernelRidge, item: Float64Array): number {
  return landmarks.reduce((sum, mark, at) => sum + (weights[at] as number) * kernel(item, mark, sharpness), offset);
}

function kernel(a: Float64Array, b: Float64Array, sharpness: number): number {
  let squares = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    squares += difference * difference;
  }
  return Math.exp(-sharpness * squares);
}
