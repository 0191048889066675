import { DATA_TYPE } from '../onnx/schema.js';
import { type Call, type Operator, type Value, isIntegers } from './call.js';

/** Counts a negative axis from the end, as ONNX does. */
const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function reshaped(value: Value, shape: number[]): Value {
  return isIntegers(value) ? { shape, integers: value.integers } : value.reshape(shape);
}

export const transpose: Operator = (call) => {
  const x = call.tensor(0);
  return x.transpose(call.integerList('perm', x.shape.map((_, axis) => axis).reverse()));
};

export const squeeze: Operator = (call) => {
  const value = call.input(0);
  const axes = call.axes(1)?.map((axis) => axisOf(axis, value.shape.length));
  const goes = (size: number, axis: number) => (axes ? axes.includes(axis) : size === 1);
  return reshaped(
    value,
    value.shape.filter((size, axis) => !goes(size, axis)),
  );
};

export const unsqueeze: Operator = (call) => {
  const value = call.input(0);
  const axes = call.axes(1) ?? [];
  const rank = value.shape.length + axes.length;
  const shape = [...value.shape];
  for (const axis of axes.map((one) => axisOf(one, rank)).sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return reshaped(value, shape);
};

/** A 0 keeps a size; a -1 takes what is left. */
export const reshape: Operator = (call) => {
  const value = call.input(0);
  return reshaped(
    value,
    call.integers(1).map((size, axis) => (size === 0 ? (value.shape[axis] as number) : size)),
  );
};

export const flatten: Operator = (call) => {
  const x = call.tensor(0);
  const axis = axisOf(call.integer('axis', 1), x.shape.length);
  return x.reshape([x.shape.slice(0, axis).reduce((product, size) => product * size, 1), -1]);
};

export const concat: Operator = (call) => {
  const values = call.all();
  const axis = call.integer('axis', 0);
  if (values.every(isIntegers)) {
    const integers = values.flatMap((value) => value.integers);
    return { shape: [integers.length], integers };
  }
  const tensors = values.map((_, place) => call.tensor(place));
  return call.tf.concat(tensors, axisOf(axis, tensors[0]?.rank ?? 0));
};

/** Starts and ends may lie outside; negative ones count from the end. */
export const slice: Operator = (call) => {
  const value = call.input(0);
  const [starts, ends] = [call.integers(1), call.integers(2)];
  const axes = call.has(3) ? call.integers(3) : starts.map((_, axis) => axis);
  if (call.has(4) && call.integers(4).some((step) => step !== 1)) throw new Error('has steps other than 1');
  const from = value.shape.map(() => 0);
  const to = [...value.shape];
  axes.forEach((given, at) => {
    const axis = axisOf(given, value.shape.length);
    const size = value.shape[axis] as number;
    const bound = (index: number) => Math.min(size, Math.max(0, index < 0 ? index + size : index));
    from[axis] = bound(starts[at] as number);
    to[axis] = Math.max(from[axis] as number, bound(ends[at] as number));
  });
  if (!isIntegers(value)) return value.slice(from, to.map((end, axis) => end - (from[axis] as number))); // prettier-ignore
  const integers = value.integers.slice(from[0], to[0]);
  return { shape: [integers.length], integers };
};

/** A single index takes its axis away, a list keeps it. */
export const gather: Operator = (call) => {
  const value = call.input(0);
  const axis = axisOf(call.integer('axis', 0), value.shape.length);
  const size = value.shape[axis] as number;
  const indices = call.integers(1).map((index) => (index < 0 ? index + size : index));
  const shape = call.input(1).shape;
  if (shape.length > 1) throw new Error('gathers by a table of indices, which is not implemented');
  if (isIntegers(value)) return { shape, integers: indices.map((index) => value.integers[index] as number) };
  const gathered = call.tf.gather(value, call.tf.tensor1d(indices, 'int32'), axis);
  return shape.length === 0 ? gathered.squeeze([axis]) : gathered;
};

export const shapeOf: Operator = (call) => {
  const { shape } = call.input(0);
  return { shape: [shape.length], integers: [...shape] };
};

export const cast: Operator = (call) => {
  const value = call.input(0);
  const to = call.integer('to', DATA_TYPE.float);
  if (to === DATA_TYPE.int64 && isIntegers(value)) return value;
  if (to !== DATA_TYPE.float) throw new Error(`casts to data type ${to}, which is not implemented`);
  return isIntegers(value) ? call.tf.tensor(value.integers, value.shape, 'float32') : value;
};

export const range: Operator = (call) => {
  const [start, limit, step] = [0, 1, 2].map((place) => numberOf(call, place)) as [number, number, number];
  return call.tf.range(start, limit, step, 'float32');
};

const numberOf = (call: Call, place: number): number => call.tensor(place).dataSync()[0] as number;
