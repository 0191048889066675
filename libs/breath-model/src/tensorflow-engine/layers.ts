import { lstmFor } from '#libs/tensorflow';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { Operator } from './call.js';

/** A convolution over time: x [batch, in, time], kernel [out, in, reach], bias [out]. TensorFlow has channels last. */
export const conv: Operator = (call) => {
  const [x, kernel] = [call.tensor(0), call.tensor(1)];
  if (x.rank !== 3 || kernel.rank !== 3) throw new Error('is no convolution over time: only those are implemented');
  if (call.integer('group', 1) !== 1) throw new Error('has groups, which are not implemented');
  const reach = call.integerList('kernel_shape', [kernel.shape[2] as number])[0];
  if (reach !== kernel.shape[2]) throw new Error(`has kernel_shape ${reach} and a kernel of ${kernel.shape[2]}`);
  const [stride, dilation] = [call.integerList('strides', [1])[0], call.integerList('dilations', [1])[0]];
  const [before, after] = call.integerList('pads', [0, 0]) as [number, number];
  const timeBeforeChannels = x.transpose<Tensor3D>([0, 2, 1]).pad<Tensor3D>([[0, 0], [before, after], [0, 0]]); // prettier-ignore
  const arranged = kernel.transpose<Tensor3D>([2, 1, 0]);
  const result: Tensor = call.tf.conv1d(timeBeforeChannels, arranged, stride as number, 'valid', 'NWC', dilation);
  return (call.has(2) ? result.add(call.tensor(2)) : result).transpose([0, 2, 1]);
};

/** Where TensorFlow's gates (i, f, c, o) stand among ONNX's (i, o, f, c). */
const GATES = [0, 2, 3, 1] as const;

/** One forward direction from a zero state: x [time, batch, in], W [1, 4H, in], R [1, 4H, H], B [1, 8H]. */
export const lstm: Operator = (call) => {
  const { tf } = call;
  const x = call.tensor(0) as Tensor3D;
  const [w, r] = [call.tensor(1), call.tensor(2)];
  const units = r.shape[2] as number;
  if (w.shape[0] !== 1) throw new Error('has two directions, where one is implemented');
  if (call.integer('hidden_size', units) !== units) throw new Error(`has another hidden_size than ${units}`);
  /** [1, 4H, n] or [1, 4H] with the gates in TensorFlow's order, n or 1 rows of 4H. */
  const columns = (rows: Tensor): Tensor2D => {
    const gates = tf.split(rows.reshape<Tensor2D>([4 * units, -1]), 4);
    return tf.concat(GATES.map((gate) => gates[gate] as Tensor2D)).transpose<Tensor2D>();
  };
  const bias = call.has(3)
    ? tf.addN(tf.split(call.tensor(3), 2, 1).map((half) => columns(half).reshape([-1]))) // of input and recurrence
    : tf.zeros([4 * units]);
  return lstmFor(tf)(x, tf.concat2d([columns(w), columns(r)], 0), bias).expandDims(1);
};
