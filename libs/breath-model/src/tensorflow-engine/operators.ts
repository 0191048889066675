import type { Tensor } from '@tensorflow/tfjs';
import { cast, concat, flatten, gather, range, reshape, shapeOf, slice, squeeze, transpose, unsqueeze } from './arrays.js'; // prettier-ignore
import type { Operator } from './call.js';
import { conv, lstm } from './layers.js';

const unary =
  (name: 'relu' | 'sigmoid' | 'tanh' | 'softplus' | 'exp' | 'log' | 'sqrt' | 'neg' | 'sin' | 'cos'): Operator =>
  (call) =>
    call.tf[name](call.tensor(0));

const binary =
  (name: 'add' | 'sub' | 'mul' | 'div'): Operator =>
  (call) =>
    call.tf[name](call.tensor(0), call.tensor(1));

const reduction =
  (name: 'mean' | 'sum' | 'max'): Operator =>
  (call) =>
    call.tf[name](call.tensor(0), call.axes(1), call.integer('keepdims', 1) === 1);

const softmax: Operator = (call) => {
  const x = call.tensor(0);
  const axis = call.integer('axis', -1);
  if (axis !== -1 && axis !== x.rank - 1) throw new Error(`is over axis ${axis}: only the last one is implemented`);
  return call.tf.softmax(x);
};

/** All rows of a batch times one matrix are one product of two matrices, which every backend does fastest. */
const matMul: Operator = (call) => {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (b.rank !== 2) return call.tf.matMul(a, b);
  const rows: Tensor = a.reshape([-1, a.shape.at(-1) as number]);
  return rows.matMul(b).reshape([...a.shape.slice(0, -1), b.shape[1] as number]);
};

/** What the engine can do, by ONNX's names: https://onnx.ai/onnx/operators. A new operator is one more line here. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary('add'),
  Cast: cast,
  Concat: concat,
  Conv: conv,
  Cos: unary('cos'),
  Div: binary('div'),
  Exp: unary('exp'),
  Flatten: flatten,
  Gather: gather,
  Identity: (call) => call.input(0),
  LSTM: lstm,
  Log: unary('log'),
  MatMul: matMul,
  Mul: binary('mul'),
  Neg: unary('neg'),
  Range: range,
  ReduceMax: reduction('max'),
  ReduceMean: reduction('mean'),
  ReduceSum: reduction('sum'),
  Relu: unary('relu'),
  Reshape: reshape,
  Shape: shapeOf,
  Sigmoid: unary('sigmoid'),
  Sin: unary('sin'),
  Slice: slice,
  Softmax: softmax,
  Softplus: unary('softplus'),
  Sqrt: unary('sqrt'),
  Squeeze: squeeze,
  Sub: binary('sub'),
  Tanh: unary('tanh'),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
