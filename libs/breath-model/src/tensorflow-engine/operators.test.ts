import '../no-telemetry.js';
import { type TensorFlow, loadTensorFlow } from '#libs/tensorflow';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { readGraph } from '../onnx/graph.js';
import { ATTRIBUTE_TYPE, DATA_TYPE, OnnxModel } from '../onnx/schema.js';
import { GraphRunner } from './graph-runner.js';
import { OPERATORS } from './operators.js';

type Attributes = Record<string, number | number[] | string>;

interface Node {
  kind: string;
  inputs: string[];
  attributes?: Attributes;
}

/** Numbers from 0.1 to 1.9, so that logarithms and roots exist. */
const floats = (shape: number[], seed = 0): { shape: number[]; values: Float32Array } => ({
  shape,
  values: Float32Array.from(
    { length: shape.reduce((product, size) => product * size, 1) },
    (_, n) => 1 + 0.9 * Math.sin(1.7 * n * n + n + seed),
  ),
});

const CONSTANTS: Record<string, { shape: number[]; values: Float32Array | BigInt64Array }> = {
  row: floats([5], 1),
  matrix: floats([5, 3], 2),
  kernel: floats([2, 4, 3], 3),
  bias: floats([2], 4),
  w: floats([1, 12, 5], 5),
  r: floats([1, 12, 3], 6),
  b: floats([1, 24], 7),
  zero: { shape: [], values: Float32Array.of(0) },
  seven: { shape: [], values: Float32Array.of(7) },
  two: { shape: [], values: Float32Array.of(2) },
  ...Object.fromEntries(
    Object.entries({ i0: [0], i1: [1], i2: [2], i_1: [-1], i_3: [-3], i99: [99], i02: [0, 2], like: [0, -1] }).map(
      ([name, values]) => [name, { shape: [values.length], values: BigInt64Array.from(values, BigInt) }],
    ),
  ),
  index: { shape: [], values: BigInt64Array.of(1n) },
};

const INPUT = floats([2, 4, 5]);

function encode(nodes: Node[], opset: number): Uint8Array {
  const node = nodes.map(({ kind, inputs, attributes = {} }, at) => ({
    op_type: kind,
    input: inputs,
    output: [at === nodes.length - 1 ? 'y' : `n${at}`],
    attribute: Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: value };
      if (typeof value === 'string') return { name, type: ATTRIBUTE_TYPE.string, s: Buffer.from(value) };
      return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
    }),
  }));
  const initializer = Object.entries(CONSTANTS).map(([name, { shape, values }]) => ({
    name,
    dims: shape,
    data_type: values instanceof Float32Array ? DATA_TYPE.float : DATA_TYPE.int64,
    raw_data: new Uint8Array(values.buffer),
  }));
  const tensorType = (shape?: object) => ({ tensor_type: { elem_type: DATA_TYPE.float, shape } });
  const shape = { dim: INPUT.shape.map((size) => ({ dim_value: size })) };
  const graph = {
    name: 'test',
    node,
    initializer,
    input: [{ name: 'x', type: tensorType(shape) }],
    output: [{ name: 'y', type: tensorType() }],
  };
  return OnnxModel.encode({ ir_version: 8, graph, opset_import: [{ domain: '', version: opset }] }).finish();
}

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadTensorFlow('portable');
});

function runHere(model: Uint8Array): { shape: number[]; values: Float32Array } {
  return tf.tidy(() => {
    const [y] = new GraphRunner(tf, readGraph(model)).run({ x: tf.tensor(INPUT.values, INPUT.shape) }, ['y']);
    return { shape: y?.shape ?? [], values: y?.dataSync<'float32'>() ?? new Float32Array(0) };
  });
}

async function expectSame(nodes: Node[], opset = 17): Promise<void> {
  const model = encode(nodes, opset);
  const session = await InferenceSession.create(model);
  const { y } = await session.run({ x: new Tensor('float32', INPUT.values, INPUT.shape) });
  await session.release();
  const found = runHere(model);
  expect(found.shape).toEqual(y?.dims);
  (y?.data as Float32Array).forEach((value, i) => expect(found.values[i]).toBeCloseTo(value, 5));
}

const one = (kind: string, inputs: string[], attributes?: Attributes): Node[] => [{ kind, inputs, ...(attributes && { attributes }) }]; // prettier-ignore
/** Shape arithmetic shows only through what is made of it. */
const ofShape = (...nodes: Node[]): Node[] => [
  { kind: 'Shape', inputs: ['x'] },
  ...nodes,
  { kind: 'Cast', inputs: [`n${nodes.length}`], attributes: { to: DATA_TYPE.float } },
];

const CASES: Node[][] = [
  ...['Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Log', 'Sqrt', 'Neg', 'Sin', 'Cos', 'Identity'].map((kind) =>
    one(kind, ['x']),
  ),
  ...['Add', 'Sub', 'Mul', 'Div'].map((kind) => one(kind, ['x', 'row'])),
  ...['ReduceMean', 'ReduceMax'].map((kind) => one(kind, ['x'], { axes: [-1], keepdims: 0 })),
  one('ReduceSum', ['x', 'i02']),
  one('ReduceSum', ['x'], { keepdims: 0 }),
  one('Softmax', ['x'], { axis: 2 }),
  one('MatMul', ['x', 'matrix']),
  one('MatMul', ['row', 'matrix']),
  one('Transpose', ['x'], { perm: [2, 0, 1] }),
  one('Transpose', ['x']),
  one('Flatten', ['x'], { axis: 2 }),
  one('Concat', ['x', 'x'], { axis: -2 }),
  one('Slice', ['x', 'i1', 'i99', 'i2']),
  one('Slice', ['x', 'i_3', 'i_1', 'i_1']),
  one('Gather', ['x', 'i02'], { axis: 1 }),
  one('Gather', ['x', 'index'], { axis: -1 }),
  one('Reshape', ['x', 'like']),
  one('Unsqueeze', ['x', 'i02']),
  [...one('Unsqueeze', ['x', 'i1']), ...one('Squeeze', ['n0', 'i1'])],
  one('Cast', ['x'], { to: DATA_TYPE.float }),
  one('Range', ['zero', 'seven', 'two']),
  ofShape(),
  ofShape({ kind: 'Slice', inputs: ['n0', 'i1', 'i99', 'i0'] }),
  ofShape({ kind: 'Gather', inputs: ['n0', 'i02'] }),
  ofShape({ kind: 'Concat', inputs: ['n0', 'i2'], attributes: { axis: 0 } }),
  ofShape({ kind: 'Gather', inputs: ['n0', 'index'] }, { kind: 'Unsqueeze', inputs: ['n1', 'i0'] }),
  one('Conv', ['x', 'kernel', 'bias'], { kernel_shape: [3], strides: [2], pads: [1, 1] }),
  one('Conv', ['x', 'kernel'], { dilations: [2], pads: [0, 1] }),
  one('LSTM', ['x', 'w', 'r', 'b'], { hidden_size: 3 }),
  one('LSTM', ['x', 'w', 'r'], { hidden_size: 3 }),
];

describe('the operators', () => {
  it.each(CASES.map((nodes) => [nodes.map(({ kind, inputs }) => `${kind}(${inputs.join(', ')})`).join(', '), nodes]))(
    '%s as ONNX Runtime',
    (_, nodes) => expectSame(nodes as Node[]),
  );

  it('are all among these cases', () => {
    const tried = new Set(CASES.flat().map(({ kind }) => kind));
    expect(Object.keys(OPERATORS).filter((kind) => !tried.has(kind))).toEqual([]);
  });

  it('take the axes of a mean as an input in newer operator sets', () =>
    expectSame(one('ReduceMean', ['x', 'i1']), 18));

  it.each([
    ['Softmax', one('Softmax', ['x'], { axis: 1 }), 'over axis 1'],
    ['Conv', one('Conv', ['x', 'kernel'], { auto_pad: 'SAME_UPPER' }), 'auto_pad'],
    ['LSTM', one('LSTM', ['x', 'w', 'r', 'b', 'i0'], { hidden_size: 3 }), 'input 4'],
    ['Hardmax', one('Hardmax', ['x']), 'not implemented'],
  ])('%s refuse what they would compute differently', (kind, nodes, words) => {
    expect(() => runHere(encode(nodes, 17))).toThrow(words);
    expect(() => runHere(encode(nodes, 17))).toThrow(kind);
  });

  it('of other sets are refused', () => {
    expect(() => runHere(encode(one('Relu', ['x']), 11))).toThrow('operator set 11');
  });
});
