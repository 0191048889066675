import { MEL, levelWidth } from '#libs/features';
import {
  POWER_OFFSET,
  POWER_SCALE,
  autocorrelationTable,
  fourierTable,
  frameSeconds,
  rateCentres,
} from '../network/constants.js';
import { PHASE_COUNT, type Parameters } from '../network/parameters.js';
import type { Recipe } from '../recipe/schema.js';
import { onnxKernel } from './arrange.js';
import { GraphBuilder } from './graph-builder.js';
import { LayerWriter } from './layers.js';

/** The Fourier table reaches so far; windows are at most 7 s. */
const LONGEST_WINDOW_SECONDS = 7.68;

/**
 * The network of `network/forward.ts` as an ONNX model with the inputs and outputs of docs/interfaces.md. Batch and
 * frames are free; a batch holds windows of one length. Rows are summed by MatMul with ones, since a Reduce adds in an
 * order that depends on the batch.
 * @param deviationScale factor on the bins' spread that makes `rr_std` a standard deviation
 */
export function exportOnnx(recipe: Recipe, parameters: Parameters, deviationScale: number): Uint8Array {
  const graph = new GraphBuilder();
  const features = graph.input('features', ['batch', 'frames', MEL.bands]);
  const levels = graph.input('levels', ['batch', levelWidth(recipe.frontEnd)]);
  const writer = new NetworkWriter(graph, recipe, parameters);
  const frames = writer.convolutions(features);
  const sequence = writer.sequence(frames);
  const summary = writer.summary(sequence);
  const embedding = writer.embedding(summary, writer.periodicity(writer.heard(frames, sequence)));
  writer.rates(embedding, deviationScale);
  const noise = writer.noise(summary, levels);
  writer.classes(embedding, noise);
  writer.phases(sequence);
  return graph.encode(`tc-lstm-${recipe.network.lstmUnits}`);
}

class NetworkWriter {
  private readonly layers: LayerWriter;
  private readonly axis: LayerWriter['axis'] & Record<3, string>;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly recipe: Recipe,
    private readonly parameters: Parameters,
  ) {
    this.layers = new LayerWriter(graph, parameters);
    this.axis = { ...this.layers.axis, 3: graph.integers('axis/3', [3]) };
  }

  /** [batch, frames, 40] to [batch, filters, network frames]. */
  convolutions(features: string): string {
    const first = this.layers.convolution(
      this.layers.channelsFirst(features),
      'conv1',
      'Relu',
      this.recipe.network.firstStride,
    );
    return this.layers.convolution(first, 'conv2', 'Relu');
  }

  /** The LSTM's outputs (or the convolution's without one): [network frames, batch, units]. */
  sequence(frames: string): string {
    const timeFirst = this.layers.timeFirst(frames);
    return this.recipe.network.lstmUnits === 0 ? timeFirst : this.layers.lstm(timeFirst);
  }

  /** Their mean over time: [batch, units]. */
  summary(sequence: string): string {
    return this.layers.mean(sequence);
  }

  /** What the periodicity branch hears: [batch, filters (and units), network frames]. */
  heard(frames: string, sequence: string): string {
    if (this.recipe.network.periodicity.hears === 'convolution') return frames;
    const units = this.graph.node('Transpose', 'heard/units', [sequence], { perm: [1, 2, 0] });
    return this.graph.node('Concat', 'heard', [frames, units], { axis: 1 });
  }

  /** The periodicity branch: [batch, units]. */
  periodicity(frames: string): string {
    const { graph, axis, recipe } = this;
    const { frequencies, shownFrequencies, powerFloor, lags } = recipe.network.periodicity;
    const mixing = onnxKernel({ ...this.parameters['periodicity/channels'], shape: [1, ...this.parameters['periodicity/channels'].shape] }); // prettier-ignore
    const kernel = graph.floats('periodicity/channels', mixing.shape, mixing.values);
    const signal = graph.node('Conv', 'signal', [frames, kernel], { kernel_shape: [1] });
    const longest = Math.floor(LONGEST_WINDOW_SECONDS / frameSeconds(recipe));
    const steps = graph.node('Slice', 'steps', [
      graph.node('Shape', 'signal/shape', [signal]),
      axis[2],
      axis[3],
      axis[0],
    ]);
    const untilNow = (name: string, table: string) => graph.node('Slice', name, [table, axis[0], steps, axis[0]]);

    const ones = untilNow('frames/ones', graph.floats('ones/frames', [longest, 1], new Float32Array(longest).fill(1)));
    const length = graph.node('Cast', 'frames/count', [steps], { to: 1 });
    const sum = graph.node('MatMul', 'signal/sum', [signal, ones]);
    const centred = graph.node('Sub', 'signal/centred', [signal, graph.node('Div', 'signal/mean', [sum, length])]);

    const table = graph.floats('fourier', [longest, 2 * frequencies], fourierTable(recipe, longest));
    const spectrum = graph.node('MatMul', 'spectrum', [centred, untilNow('fourier/now', table)]);
    const squared = graph.node('Mul', 'spectrum/squared', [spectrum, spectrum]);
    const middle = graph.integers('spectrum/middle', [frequencies]);
    const end = graph.integers('spectrum/end', [2 * frequencies]);
    const cosines = graph.node('Slice', 'spectrum/cosines', [squared, axis[0], middle, axis[2]]);
    const sines = graph.node('Slice', 'spectrum/sines', [squared, middle, end, axis[2]]);
    const raw = graph.node('Add', 'power/raw', [cosines, sines]);
    const onesPerFrequency = graph.floats('ones/frequencies', [frequencies, 1], new Float32Array(frequencies).fill(1));
    const floor = graph.scalar('power/floor', powerFloor);
    const total = graph.node('Add', 'power/total', [
      graph.node('MatMul', 'power/sum', [raw, onesPerFrequency]),
      graph.node('Mul', 'power/floor-total', [length, floor]),
    ]);
    const power = graph.node('Div', 'power', [raw, total]);

    const shownEnd = graph.integers('power/shown-end', [shownFrequencies]);
    const shown = graph.node('Slice', 'power/shown', [power, axis[0], shownEnd, axis[2]]);
    const logarithm = graph.node('Log', 'power/log', [graph.node('Add', 'power/floored', [shown, floor])]);
    const scaled = graph.node('Mul', 'power/scaled', [logarithm, graph.scalar('power/scale', POWER_SCALE)]);
    const levels = graph.node('Add', 'power/levels', [scaled, graph.scalar('power/offset', POWER_OFFSET)]);
    const toLags = graph.floats('lags', [frequencies, lags], autocorrelationTable(recipe.network));
    const correlation = graph.node('MatMul', 'autocorrelation', [power, toLags]);
    const both = graph.node('Concat', 'rhythm/both', [levels, correlation], { axis: 2 });
    const flat = graph.node('Flatten', 'rhythm/flat', [both], { axis: 1 });
    return graph.node('Relu', 'rhythm', [this.layers.dense(flat, 'periodicity')]);
  }

  /** What rate and class are read from: [batch, embedding]. */
  embedding(summary: string, rhythm: string): string {
    const both = this.graph.node('Concat', 'embedding/input', [summary, rhythm], { axis: 1 });
    return this.graph.node('Relu', 'embedding', [this.layers.dense(both, 'embedding')]);
  }

  /** The outputs `rr` and `rr_std`. */
  rates(embedding: string, deviationScale: number): void {
    const { graph, axis } = this;
    const { bins } = this.recipe.network.rates;
    const shares = graph.node('Softmax', 'bins', [this.layers.dense(embedding, 'rate')], { axis: 1 });
    const values = rateCentres(this.recipe.network.rates);
    const rate = graph.node('MatMul', 'rate', [shares, graph.floats('centres/column', [bins, 1], values)]);
    const distance = graph.node('Sub', 'distance', [graph.floats('centres/row', [1, bins], values), rate]);
    const squared = graph.node('Mul', 'distance/squared', [distance, distance]);
    const weighted = graph.node('Mul', 'distance/weighted', [shares, squared]);
    const onesPerBin = graph.floats('ones/bins', [bins, 1], new Float32Array(bins).fill(1));
    const spread = graph.node('Sqrt', 'spread', [graph.node('MatMul', 'variance', [weighted, onesPerBin])]);
    const scaled = graph.node('Mul', 'spread/scaled', [spread, graph.scalar('spread/scale', deviationScale)]);
    graph.output('rr', ['batch'], graph.node('Squeeze', 'rate/flat', [rate, axis[1]]));
    graph.output('rr_std', ['batch'], graph.node('Squeeze', 'spread/flat', [scaled, axis[1]]));
  }

  /** The output `breath_classes`. */
  classes(embedding: string, noise: string): void {
    const both = this.graph.node('Concat', 'class/input', [embedding, noise], { axis: 1 });
    this.layers.classes(this.layers.dense(both, 'class'));
  }

  /** The output `phases`: what each network frame holds (none, inhale, exhale, breath of unknown phase). */
  phases(sequence: string): void {
    const shares = this.graph.node('Softmax', 'phases/shares', [this.layers.dense(sequence, 'phase')], { axis: 2 });
    const batchFirst = this.graph.node('Transpose', 'phases/batch-first', [shares], { perm: [1, 0, 2] });
    this.graph.output('phases', ['batch', 'network frames', PHASE_COUNT], batchFirst);
  }

  /** The output `noise`; returns the noise embedding, [batch, noise embedding]. */
  noise(summary: string, levels: string): string {
    const both = this.graph.node('Concat', 'noise/input', [summary, levels], { axis: 1 });
    const hidden = this.graph.node('Relu', 'noise/hidden', [this.layers.dense(both, 'noise1')]);
    this.layers.noise(this.layers.dense(hidden, 'noise2'));
    return hidden;
  }
}
