import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '#libs/tensorflow';

/** Small enough for the curve, large enough for float32. */
const STEP = 5e-3;

/** The gradient by TensorFlow and by central differences, each value by value. */
export function gradientsOf(
  tf: TensorFlow,
  loss: (x: Tensor) => Tensor,
  values: readonly number[],
  shape: number[],
): { analytic: number[]; numerical: number[] } {
  return tf.tidy(() => {
    const at = (point: readonly number[]): number => loss(tf.tensor([...point], shape)).dataSync()[0] as number;
    const analytic = [
      ...tf
        .grad((x) => loss(x).asScalar() as Scalar)(tf.tensor([...values], shape))
        .dataSync(),
    ];
    const numerical = values.map((value, i) => {
      const [up, down] = [values.with(i, value + STEP), values.with(i, value - STEP)];
      return (at(up) - at(down)) / (2 * STEP);
    });
    return { analytic, numerical };
  });
}
