import type { Parameter } from '../network/parameters.js';

/** A convolution's kernel from TensorFlow's [kernel, in, out] to ONNX's [out, in, kernel]. */
export function onnxKernel({ shape, values }: Parameter): Parameter {
  const [kernel, inputs, outputs] = shape as [number, number, number];
  const arranged = new Float32Array(values.length);
  for (let k = 0; k < kernel; k++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        arranged[(o * inputs + i) * kernel + k] = values[(k * inputs + i) * outputs + o] as number;
      }
    }
  }
  return { shape: [outputs, inputs, kernel], values: arranged };
}

/** Where ONNX's gates (i, o, f, c) stand among TensorFlow's (i, f, c, o). */
const GATES = [0, 3, 1, 2] as const;

/** An LSTM's weights from [inputs + units, 4 units] (gates i f c o) to ONNX's W [4 units, inputs], R and B (i o f c). */
export function onnxLstm(kernel: Parameter, bias: Parameter) {
  const [rows, width] = kernel.shape as [number, number];
  const units = width / 4;
  const inputs = rows - units;
  const gateRows = (from: number, count: number): Float32Array => {
    const result = new Float32Array(4 * units * count);
    GATES.forEach((source, gate) => {
      for (let unit = 0; unit < units; unit++) {
        for (let i = 0; i < count; i++) {
          result[(gate * units + unit) * count + i] = kernel.values[
            (from + i) * width + source * units + unit
          ] as number;
        }
      }
    });
    return result;
  };
  const biases = new Float32Array(8 * units); // the second half, a bias of the recurrence, stays zero
  GATES.forEach((source, gate) => biases.set(bias.values.subarray(source * units, (source + 1) * units), gate * units));
  return { units, inputs, w: gateRows(0, inputs), r: gateRows(inputs, units), b: biases };
}
