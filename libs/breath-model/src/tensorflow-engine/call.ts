import type { TensorFlow } from '#libs/tensorflow';
import type { Tensor } from '@tensorflow/tfjs';
import type { AttributeValue, OnnxNode } from '../onnx/graph.js';

/** An int64 value. Shapes, axes and bounds steer the graph, so they stay plain numbers. */
export interface Integers {
  shape: number[];
  integers: number[];
}

export type Value = Tensor | Integers;

export const isIntegers = (value: Value): value is Integers => 'integers' in value;

/** What one ONNX operator does with its inputs. Gives the node's first output, the only one that is implemented. */
export type Operator = (call: Call) => Value;

/** A node about to be run: its inputs and attributes, asked for by what the operator expects. */
export class Call {
  private readonly attributesLeft: Set<string>;
  private readonly placesUsed = new Set<number>();

  constructor(
    readonly tf: TensorFlow,
    private readonly node: OnnxNode,
    private readonly values: readonly (Value | undefined)[],
  ) {
    this.attributesLeft = new Set(Object.keys(node.attributes));
  }

  input(place: number): Value {
    this.placesUsed.add(place);
    const value = this.values[place];
    if (value === undefined) throw new Error(`lacks input ${place}`);
    return value;
  }

  has(place: number): boolean {
    return this.values[place] !== undefined;
  }

  all(): Value[] {
    return this.values.map((_, place) => this.input(place));
  }

  tensor(place: number): Tensor {
    const value = this.input(place);
    if (isIntegers(value)) throw new Error(`has integers as input ${place}, where floats are implemented`);
    return value;
  }

  integers(place: number): number[] {
    const value = this.input(place);
    if (!isIntegers(value)) throw new Error(`has floats as input ${place}, where integers are expected`);
    return value.integers;
  }

  integer(name: string, fallback: number): number {
    return this.attribute<number>(name, fallback, (value) => typeof value === 'number');
  }

  integerList(name: string, fallback: number[]): number[] {
    return this.attribute<number[]>(name, fallback, Array.isArray);
  }

  /** Older operator sets have axes among the attributes, newer ones among the inputs. */
  axes(place: number): number[] | undefined {
    const given = this.integerList('axes', []);
    if (given.length > 0) return given;
    return this.has(place) ? this.integers(place) : undefined;
  }

  /** What the operator did not ask for would change the answer unseen. */
  assertAllUsed(): void {
    const [attribute] = this.attributesLeft;
    if (attribute !== undefined) throw new Error(`has the attribute ${attribute}, which is not implemented`);
    const place = this.values.findIndex((value, at) => value !== undefined && !this.placesUsed.has(at));
    if (place >= 0) throw new Error(`has an input ${place}, which is not implemented`);
  }

  private attribute<T extends AttributeValue>(
    name: string,
    fallback: T,
    isRight: (value: AttributeValue) => boolean,
  ): T {
    this.attributesLeft.delete(name);
    const value = this.node.attributes[name];
    if (value === undefined) return fallback;
    if (!isRight(value)) throw new Error(`has the unusable attribute ${name} = ${value}`);
    return value as T;
  }
}
