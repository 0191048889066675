import { ATTRIBUTE_TYPE, DATA_TYPE, OnnxModel } from '#libs/breath-model';

const IR_VERSION = 8;
const OPSET = 17;

/** A size, or the name of one that is free. */
export type Dimension = number | string;

type Attributes = Record<string, number | number[]>;

/** Writes an ONNX graph node by node. Values are referred to by their names. */
export class GraphBuilder {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];

  input(name: string, shape: readonly Dimension[]): string {
    this.inputs.push(valueInfo(name, shape));
    return name;
  }

  /** Names a value as an output of the graph. */
  output(name: string, shape: readonly Dimension[], value: string): void {
    this.nodes.push({ op_type: 'Identity', name, input: [value], output: [name] });
    this.outputs.push(valueInfo(name, shape));
  }

  floats(name: string, shape: readonly number[], values: Float32Array): string {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== values.length) throw new RangeError(`${name}: ${values.length} values for [${shape.join(', ')}]`);
    this.initializers.push({ name, dims: shape, data_type: DATA_TYPE.float, raw_data: littleEndian(values) });
    return name;
  }

  scalar(name: string, value: number): string {
    return this.floats(name, [], Float32Array.of(value));
  }

  integers(name: string, values: readonly number[]): string {
    const raw = littleEndian(BigInt64Array.from(values, BigInt));
    this.initializers.push({ name, dims: [values.length], data_type: DATA_TYPE.int64, raw_data: raw });
    return name;
  }

  /** Adds a node with one output, which gets the node's name. */
  node(kind: string, name: string, inputs: readonly string[], attributes: Attributes = {}): string {
    this.nodes.push({
      op_type: kind,
      name,
      input: inputs,
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) =>
        Array.isArray(value)
          ? { name: key, type: ATTRIBUTE_TYPE.ints, ints: value }
          : { name: key, type: ATTRIBUTE_TYPE.int, i: value },
      ),
    });
    return name;
  }

  /** The bytes of the model file. */
  encode(name: string): Uint8Array {
    const graph = { name, node: this.nodes, initializer: this.initializers, input: this.inputs, output: this.outputs };
    const model = {
      ir_version: IR_VERSION,
      producer_name: 'eupnea-trainer',
      graph,
      opset_import: [{ domain: '', version: OPSET }],
    };
    const fault = OnnxModel.verify(model);
    if (fault !== null) throw new TypeError(`the graph is no valid ONNX model: ${fault}`);
    return OnnxModel.encode(OnnxModel.create(model)).finish();
  }
}

function valueInfo(name: string, shape: readonly Dimension[]): object {
  const dim = shape.map((size) => (typeof size === 'string' ? { dim_param: size } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type: DATA_TYPE.float, shape: { dim } } } };
}

/** ONNX stores raw data little-endian, as every machine that Node 20 runs on does. */
function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
