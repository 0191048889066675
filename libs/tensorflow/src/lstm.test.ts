import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { describeIf } from '../../../test/support/describe-if.js';
import { type TensorFlow, checkTensorFlow, loadTensorFlow } from './load.js';
import { type Lstm, fusedLstm, portableLstm } from './lstm.js';

const [STEPS, BATCH, INPUTS, UNITS] = [4, 2, 3, 2] as const;

/** Numbers between -0.5 and 0.5 without a pattern that the gates could share. */
function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, n) => 0.5 * Math.sin(1.7 * n * n + seed));
}
const X = numbers(STEPS * BATCH * INPUTS, 1);
const W = numbers((INPUTS + UNITS) * 4 * UNITS, 2);
const B = numbers(4 * UNITS, 3);
const R = numbers(STEPS * BATCH * UNITS, 4);

const tensors = (tf: TensorFlow, w = W) =>
  [tf.tensor3d(X, [STEPS, BATCH, INPUTS]), tf.tensor2d(w, [INPUTS + UNITS, 4 * UNITS]), tf.tensor1d(B)] as [
    Tensor3D,
    Tensor2D,
    Tensor1D,
  ];

/** The recursion written out, gates i f c o. */
function reference(w: Float32Array): number[] {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const outputs: number[] = new Array<number>(STEPS * BATCH * UNITS).fill(0);
  for (let item = 0; item < BATCH; item++) {
    let hidden = new Array<number>(UNITS).fill(0);
    const cell = new Array<number>(UNITS).fill(0);
    for (let step = 0; step < STEPS; step++) {
      const input = [...X.subarray((step * BATCH + item) * INPUTS, (step * BATCH + item + 1) * INPUTS), ...hidden];
      const gates = Array.from(B, (bias, column) =>
        input.reduce((sum, value, row) => sum + value * (w[row * 4 * UNITS + column] as number), bias),
      );
      hidden = hidden.map((_, unit) => {
        const [i, f, c, o] = [0, 1, 2, 3].map((gate) => gates[gate * UNITS + unit] as number) as [
          number,
          number,
          number,
          number,
        ];
        cell[unit] = sigmoid(f) * (cell[unit] as number) + sigmoid(i) * Math.tanh(c);
        return sigmoid(o) * Math.tanh(cell[unit] as number);
      });
      hidden.forEach((value, unit) => (outputs[(step * BATCH + item) * UNITS + unit] = value));
    }
  }
  return outputs;
}

const weighted = (w: Float32Array): number => reference(w).reduce((sum, value, i) => sum + value * (R[i] as number), 0);

function expectSame(tf: TensorFlow, lstm: Lstm): void {
  const outputs = lstm(...tensors(tf)).dataSync();
  reference(W).forEach((value, i) => expect(outputs[i]).toBeCloseTo(value, 5));
  const r = tf.tensor3d(R, [STEPS, BATCH, UNITS]);
  const [, gradient] = tf.grads((x, w, b) => lstm(x as Tensor3D, w as Tensor2D, b).mul(r).sum())(tensors(tf)); // prettier-ignore
  const found = (gradient as Tensor2D).dataSync();
  const step = 1e-4;
  for (let at = 0; at < W.length; at += 3) {
    const [up, down] = [Float64Array.from(W), Float64Array.from(W)];
    up[at] = (up[at] as number) + step;
    down[at] = (down[at] as number) - step;
    const slope = (weighted(up as unknown as Float32Array) - weighted(down as unknown as Float32Array)) / (2 * step);
    expect(found[at]).toBeCloseTo(slope, 4);
  }
}

describe('the portable LSTM', () => {
  it('equals the recursion, and its gradient the numerical one', async () => {
    const tf = await loadTensorFlow('portable');
    expectSame(tf, portableLstm(tf));
  });
});

const fault = checkTensorFlow();
describeIf(fault === undefined, `tfjs-node does not work here: npm run trainer -- setup`, 'the fused LSTM', () => {
  it('equals the recursion, and its gradient the numerical one', async () => {
    const tf = await loadTensorFlow('node');
    expectSame(tf, fusedLstm(tf));
  });
});
