import { CLASS_COUNT, type Parameter } from '../network/parameters.js';
import { onnxKernel, onnxLstm } from './arrange.js';
import type { GraphBuilder } from './graph-builder.js';

type Activation = 'Relu' | 'Tanh';

/**
 * The layers that every network here is made of, as ONNX nodes under the names of their weights (NAME/kernel and
 * NAME/bias).
 */
export class LayerWriter {
  /** Constants [0] to [2], for axes and bounds. */
  readonly axis: Record<0 | 1 | 2, string>;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly parameters: Readonly<Record<string, Parameter>>,
  ) {
    const axis = (index: number) => graph.integers(`axis/${index}`, [index]);
    this.axis = { 0: axis(0), 1: axis(1), 2: axis(2) };
  }

  /** [batch, frames, features] to [batch, features, frames]. */
  channelsFirst(features: string): string {
    return this.graph.node('Transpose', 'channels-first', [features], { perm: [0, 2, 1] });
  }

  /** A convolution over time with padding 'same' and its activation: [batch, in, frames] to [batch, out, frames]. */
  convolution(input: string, name: string, activation: Activation, stride = 1): string {
    const kernel = this.parameter(`${name}/kernel`);
    const { shape, values } = onnxKernel(kernel);
    const weights = [this.graph.floats(`${name}/kernel`, shape, values), this.weights(`${name}/bias`)];
    const size = kernel.shape[0] as number;
    const reach = (size - 1) / 2;
    const attributes = { kernel_shape: [size], strides: [stride], pads: [Math.floor(reach), Math.ceil(reach)] };
    const maps = this.graph.node('Conv', name, [input, ...weights], attributes);
    return this.graph.node(activation, `${name}/${activation.toLowerCase()}`, [maps]);
  }

  /** [batch, channels, frames] to [frames, batch, channels], as the LSTM wants it. */
  timeFirst(frames: string): string {
    return this.graph.node('Transpose', 'time-first', [frames], { perm: [2, 0, 1] });
  }

  /** [frames, batch, in] to all states, [frames, batch, units]. */
  lstm(timeFirst: string): string {
    const { units, inputs, w, r, b } = onnxLstm(this.parameter('lstm/kernel'), this.parameter('lstm/bias'));
    const weights = [
      this.graph.floats('lstm/w', [1, 4 * units, inputs], w),
      this.graph.floats('lstm/r', [1, 4 * units, units], r),
      this.graph.floats('lstm/b', [1, 8 * units], b),
    ];
    const all = this.graph.node('LSTM', 'lstm', [timeFirst, ...weights], { hidden_size: units });
    return this.graph.node('Squeeze', 'lstm/sequence', [all, this.axis[1]]); // the axis of directions
  }

  /** The mean over time, [batch, units]: a sum down columns, whose order no batch changes. */
  mean(sequence: string): string {
    return this.graph.node('ReduceMean', 'summary', [sequence], { axes: [0], keepdims: 0 });
  }

  dense(input: string, name: string): string {
    const product = this.graph.node('MatMul', `${name}/product`, [input, this.weights(`${name}/kernel`)]);
    return this.graph.node('Add', `${name}/sum`, [product, this.weights(`${name}/bias`)]);
  }

  /** The output `breath_classes`, from the class logits. */
  classes(logits: string): void {
    const classes = this.graph.node('Softmax', 'classes', [logits], { axis: 1 });
    this.graph.output('breath_classes', ['batch', CLASS_COUNT], classes);
  }

  /** The output `noise`, from the two logits of quiet and noise. */
  noise(logits: string): void {
    const { graph, axis } = this;
    const shares = graph.node('Softmax', 'noise/shares', [logits], { axis: 1 });
    const present = graph.node('Slice', 'noise/present', [shares, axis[1], axis[2], axis[1]]);
    graph.output('noise', ['batch'], graph.node('Squeeze', 'noise/flat', [present, axis[1]]));
  }

  private weights(name: string): string {
    const { shape, values } = this.parameter(name);
    return this.graph.floats(name, shape, values);
  }

  private parameter(name: string): Parameter {
    return this.parameters[name] as Parameter;
  }
}
