import { FRAME_OVERHANG_SECONDS, FRAME_SECONDS } from '../paper/network.js';
import type { Parameter } from '../network/parameters.js';
import type { PaperModel } from '../paper/train.js';
import { GraphBuilder } from './graph-builder.js';
import { LayerWriter } from './layers.js';

const SECONDS_PER_MINUTE = 60;
/** As the end of a slice: up to the end, however long. */
const END = 2 ** 31 - 1;

/** What a network computes from. */
export type PaperNetwork = Pick<PaperModel, 'recipe' | 'parameters' | 'scale' | 'width'>;

/**
 * The network of `paper/network.ts` as an ONNX model with the inputs and outputs of docs/interfaces.md, but for `levels`:
 * its front end has none. A rate below 0, which a linear output can give, comes out as 0. The network has no deviation
 * of its own: `rr_std` is the same for every window.
 * @param deviation the value of `rr_std`, per minute
 */
export function exportPaperOnnx(model: PaperNetwork, deviation: number): Uint8Array {
  const { network } = model.recipe;
  const graph = new GraphBuilder();
  const layers = new LayerWriter(graph, { ...model.parameters, ...densityInColumns(model) });
  const activation = network.activation === 'relu' ? 'Relu' : 'Tanh';
  const activated = (name: string, input: string): string => graph.node(activation, `${name}/active`, [layers.dense(input, name)]); // prettier-ignore

  const frames = layers.channelsFirst(graph.input('features', ['batch', 'frames', model.width]));
  const maps = network.convolution === 'none' ? frames : layers.convolution(frames, 'convolution', activation);
  const states = layers.lstm(layers.timeFirst(maps));
  const summary = network.pooling === 'mean' ? layers.mean(states) : lastState(graph, layers, states);
  const embedding = activated('embedding', summary);
  const rate =
    network.countHead === 'linear' ? linearRate(graph, layers, model, embedding) : densityRate(graph, layers, states);

  const rates = graph.node('Squeeze', 'rate/flat', [graph.node('Relu', 'rate/relu', [rate]), layers.axis[1]]);
  graph.output('rr', ['batch'], rates);
  const zeros = graph.node('Mul', 'deviation/zeros', [rates, graph.scalar('zero', 0)]);
  graph.output(
    'rr_std',
    ['batch'],
    graph.node('Add', 'deviation', [zeros, graph.scalar('deviation/value', deviation)]),
  );
  layers.classes(layers.dense(embedding, 'class'));
  layers.noise(layers.dense(activated('noise-embedding', summary), 'noise'));
  return graph.encode(model.recipe.name);
}

/** [batch, units]; a window of a batch has no padding behind it. */
function lastState(graph: GraphBuilder, { axis }: LayerWriter, states: string): string {
  const [from, to] = [graph.integers('last/from', [-1]), graph.integers('last/to', [END])];
  const last = graph.node('Slice', 'last', [states, from, to, axis[0]]);
  return graph.node('Squeeze', 'summary', [last, axis[0]]);
}

/** RR per minute, [batch, 1]. The other linear output, RC, is no output of a bundle. */
function linearRate(graph: GraphBuilder, layers: LayerWriter, { scale }: PaperNetwork, embedding: string): string {
  const { axis } = layers;
  const score = graph.node('Slice', 'rate/score', [layers.dense(embedding, 'rates'), axis[0], axis[1], axis[1]]);
  const scaled = graph.node('Mul', 'rate/scaled', [score, graph.scalar('rate/deviation', scale.rates.deviation)]);
  return graph.node('Add', 'rate', [scaled, graph.scalar('rate/mean', scale.rates.mean)]);
}

/** RR per minute, [batch, 1]: the mean of a density of breaths over the frames, times their share of the window's time. */
function densityRate(graph: GraphBuilder, layers: LayerWriter, states: string): string {
  const { axis } = layers;
  const density = graph.node('Softplus', 'density', [layers.dense(states, 'density')]);
  const means = graph.node('ReduceMean', 'density/means', [density], { axes: [0], keepdims: 0 });
  const mean = graph.node('Slice', 'density/mean', [means, axis[0], axis[1], axis[1]]);
  const frames = graph.node('Slice', 'frames', [graph.node('Shape', 'states/shape', [states]), axis[0], axis[1], axis[0]]); // prettier-ignore
  const length = graph.node('Cast', 'frames/float', [frames], { to: 1 });
  const inside = graph.node('Mul', 'seconds/inside', [length, graph.scalar('frame/seconds', FRAME_SECONDS)]);
  const seconds = graph.node('Add', 'seconds', [inside, graph.scalar('frame/overhang', FRAME_OVERHANG_SECONDS)]);
  const perMinute = graph.node('Mul', 'rate/inside', [mean, graph.scalar('minute/seconds', SECONDS_PER_MINUTE)]);
  return graph.node('Mul', 'rate', [perMinute, graph.node('Div', 'seconds/share', [inside, seconds])]);
}

/** Floats in the widest vector register. */
const COLUMNS = 16;

/**
 * The density head with its one output repeated, so that every tensor fills whole registers: what is left over at the end
 * of one, ONNX Runtime computes otherwise, to other bits, and what that is depends on the batch.
 */
function densityInColumns({ parameters }: PaperNetwork): Record<string, Parameter> {
  const names = ['density/kernel', 'density/bias'].filter((name) => name in parameters);
  const repeated = ({ shape, values }: Parameter): Parameter => ({
    shape: [...shape.slice(0, -1), COLUMNS],
    values: Float32Array.from(
      { length: COLUMNS * values.length },
      (_, at) => values[Math.floor(at / COLUMNS)] as number,
    ),
  });
  return Object.fromEntries(names.map((name) => [name, repeated(parameters[name] as Parameter)]));
}
