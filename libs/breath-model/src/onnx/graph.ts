import { ATTRIBUTE_TYPE, DATA_TYPE, OnnxModel } from './schema.js';

/** An attribute of a node: an integer, a float, a text, or a list of integers. */
export type AttributeValue = number | string | number[];

export interface OnnxNode {
  kind: string;
  name: string;
  /** Names of values; an empty one is an input that is left out. */
  inputs: string[];
  outputs: string[];
  attributes: Record<string, AttributeValue>;
}

/** A weight (`floats`), or a shape, an axis or a bound (`integers`). */
export type OnnxConstant = { shape: number[] } & ({ floats: Float32Array } | { integers: number[] });

export interface OnnxGraph {
  opset: number;
  /** In an order in which each finds its inputs. */
  nodes: OnnxNode[];
  constants: Map<string, OnnxConstant>;
  /** Each with its last dimension, where that is not free. */
  inputs: { name: string; width: number | undefined }[];
  outputs: string[];
}

/** What the schema decodes to, with 64-bit integers as numbers. */
interface Decoded {
  opset_import: { domain: string; version: number }[];
  graph: {
    node: { op_type: string; name: string; input: string[]; output: string[]; attribute: DecodedAttribute[] }[];
    initializer: { name: string; dims: number[]; data_type: number; raw_data: Uint8Array }[];
    input: { name: string; type?: { tensor_type?: { shape?: { dim: { dim_value?: number }[] } } } }[];
    output: { name: string }[];
  };
}

interface DecodedAttribute {
  name: string;
  type: number;
  f: number;
  i: number;
  s: Uint8Array;
  ints: number[];
}

/**
 * Reads the graph of an ONNX file: nodes of the standard operators, weights stored as raw bytes.
 * @throws Error saying what the file holds that is not read
 */
export function readGraph(model: Uint8Array): OnnxGraph {
  const decoded = OnnxModel.toObject(OnnxModel.decode(model), { longs: Number, defaults: true }) as Decoded;
  if (!decoded.graph) throw new Error('it holds no graph');
  const { node, initializer, input, output } = decoded.graph;
  return {
    opset: decoded.opset_import.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
    nodes: node.map(({ op_type, name, input: inputs, output: outputs, attribute }) => ({
      kind: op_type,
      name: name || (outputs[0] ?? ''),
      inputs,
      outputs: outputs.filter((value) => value !== ''),
      attributes: Object.fromEntries(attribute.map((one) => [one.name, valueOf(one)])),
    })),
    constants: new Map(initializer.map((one) => [one.name, constantOf(one)])),
    inputs: input.map(({ name, type }) => ({
      name,
      width: type?.tensor_type?.shape?.dim.at(-1)?.dim_value || undefined,
    })),
    outputs: output.map(({ name }) => name),
  };
}

function valueOf({ name, type, f, i, s, ints }: DecodedAttribute): AttributeValue {
  switch (type) {
    case ATTRIBUTE_TYPE.float:
      return f;
    case ATTRIBUTE_TYPE.int:
      return i;
    case ATTRIBUTE_TYPE.string:
      return Buffer.from(s).toString();
    case ATTRIBUTE_TYPE.ints:
      return ints;
    default:
      throw new Error(`attribute ${name} is of type ${type}`);
  }
}

function constantOf({ name, dims, data_type, raw_data }: Decoded['graph']['initializer'][number]): OnnxConstant {
  const bytes = Uint8Array.from(raw_data).buffer; // a copy, since numbers must be aligned
  const size = dims.reduce((product, length) => product * length, 1);
  const check = (count: number): void => {
    if (count !== size) throw new Error(`${name} has ${count} values for the shape [${dims.join(', ')}]`);
  };
  if (data_type === DATA_TYPE.float) {
    check(bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
    return { shape: dims, floats: new Float32Array(bytes) };
  }
  if (data_type === DATA_TYPE.int64) {
    check(bytes.byteLength / BigInt64Array.BYTES_PER_ELEMENT);
    return { shape: dims, integers: Array.from(new BigInt64Array(bytes), Number) };
  }
  throw new Error(`${name} is of data type ${data_type}`);
}
