/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's A = L L'.
 * @param matrix [n, n] row by row; the lower triangle is read, and overwritten by L
 * @throws RangeError when A is not positive definite
 */
export function solvePositiveDefinite(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const dotOfRows = (first: number, second: number, length: number): number => {
    let sum = 0;
    for (let k = 0, a = first * size, b = second * size; k < length; k++, a++, b++) {
      sum += (matrix[a] as number) * (matrix[b] as number);
    }
    return sum;
  };
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const rest = (matrix[row * size + column] as number) - dotOfRows(row, column, column);
      if (column < row) {
        matrix[row * size + column] = rest / (matrix[column * size + column] as number);
      } else {
        if (!(rest > 0)) throw new RangeError(`the matrix is not positive definite in row ${row}`);
        matrix[row * size + row] = Math.sqrt(rest);
      }
    }
  }
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row++) {
    let sum = solution[row] as number;
    for (let k = 0; k < row; k++) sum -= (matrix[row * size + k] as number) * (solution[k] as number);
    solution[row] = sum / (matrix[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = solution[row] as number;
    for (let k = row + 1; k < size; k++) sum -= (matrix[k * size + row] as number) * (solution[k] as number);
    solution[row] = sum / (matrix[row * size + row] as number);
  }
  return solution;
}
