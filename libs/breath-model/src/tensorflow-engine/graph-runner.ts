import type { TensorFlow } from '#libs/tensorflow';
import type { Tensor } from '@tensorflow/tfjs';
import type { OnnxConstant, OnnxGraph, OnnxNode } from '../onnx/graph.js';
import { Call, type Value, isIntegers } from './call.js';
import { OPERATORS } from './operators.js';

/** Older sets mean something else by Softmax and Squeeze; newer ones than 18 are untried. */
const OPSETS = { from: 13, to: 18 } as const;

/** Runs an ONNX graph with TensorFlow.js, node by node. */
export class GraphRunner {
  private readonly constants: Map<string, Value>;

  /** @throws Error when the graph uses an operator or a set of them that is not implemented */
  constructor(
    private readonly tf: TensorFlow,
    private readonly graph: OnnxGraph,
  ) {
    if (graph.opset < OPSETS.from || graph.opset > OPSETS.to) {
      throw new Error(`uses operator set ${graph.opset}; ${OPSETS.from} to ${OPSETS.to} are implemented`);
    }
    const unknown = graph.nodes.find(({ kind }) => !(kind in OPERATORS));
    if (unknown) throw new Error(`uses the operator ${unknown.kind} (node ${unknown.name}), which is not implemented`);
    const multiple = graph.nodes.find(({ outputs }) => outputs.length !== 1);
    if (multiple) throw new Error(`uses ${multiple.outputs.length} outputs of node ${multiple.name}`);
    this.constants = new Map([...graph.constants].map(([name, constant]) => [name, toValue(tf, constant)]));
  }

  /**
   * The tensors of some outputs. Runs only the nodes that they need. Call it inside `tf.tidy`.
   * @throws Error naming the node that could not be run
   */
  run(inputs: Record<string, Tensor>, outputs: readonly string[]): Tensor[] {
    const values = new Map<string, Value>([...this.constants, ...Object.entries(inputs)]);
    for (const node of this.nodesFor(outputs)) {
      try {
        values.set(node.outputs[0] as string, this.runNode(node, values));
      } catch (error) {
        throw new Error(`node ${node.name} (${node.kind}) ${(error as Error).message}`, { cause: error });
      }
    }
    return outputs.map((name) => {
      const value = values.get(name);
      if (value === undefined || isIntegers(value)) throw new Error(`gives no floats as ${name}`);
      return value;
    });
  }

  dispose(): void {
    for (const value of this.constants.values()) if (!isIntegers(value)) value.dispose();
  }

  private runNode(node: OnnxNode, values: ReadonlyMap<string, Value>): Value {
    const call = new Call(
      this.tf,
      node,
      node.inputs.map((name) => values.get(name)),
    );
    const value = OPERATORS[node.kind]?.(call) as Value;
    call.assertAllUsed();
    return value;
  }

  /** The nodes that lead to some values, in the graph's order. */
  private nodesFor(outputs: readonly string[]): OnnxNode[] {
    const wanted = new Set(outputs);
    const nodes = this.graph.nodes.toReversed().filter((node) => {
      const isNeeded = node.outputs.some((name) => wanted.has(name));
      if (isNeeded) node.inputs.forEach((name) => wanted.add(name));
      return isNeeded;
    });
    return nodes.reverse();
  }
}

function toValue(tf: TensorFlow, constant: OnnxConstant): Value {
  if ('integers' in constant) return constant;
  return tf.tensor(constant.floats, constant.shape);
}
