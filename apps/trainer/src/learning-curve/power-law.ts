import { mean } from '#libs/agreement';

/** error = factor x people^-exponent */
export interface PowerLaw {
  factor: number;
  exponent: number;
  /** Share of the variance of the error's logarithm that the law explains. */
  rSquared: number;
}

/** Two points always lie on a law. */
const FEWEST_SIZES = 3;
const WANTED_R_SQUARED = 0.9;

/**
 * Least squares in the logarithms of both (learning curves as power laws: Hestness et al., arXiv 1712.00409).
 * @returns undefined where there are too few sizes to tell
 */
export function fitPowerLaw(sizes: readonly { people: number; error: number }[]): PowerLaw | undefined {
  if (sizes.length < FEWEST_SIZES || sizes.some(({ error }) => error <= 0)) return undefined;
  const x = sizes.map(({ people }) => Math.log(people));
  const y = sizes.map(({ error }) => Math.log(error));
  const [centreX, centreY] = [mean(x), mean(y)];
  const products = (a: number[], fromA: number, b: number[], fromB: number) =>
    a.reduce((sum, value, at) => sum + (value - fromA) * ((b[at] as number) - fromB), 0);
  const slope = products(x, centreX, y, centreY) / products(x, centreX, x, centreX);
  const spread = products(y, centreY, y, centreY);
  const left = y.reduce((sum, value, at) => sum + (value - centreY - slope * ((x[at] as number) - centreX)) ** 2, 0);
  return {
    factor: Math.exp(centreY - slope * centreX),
    exponent: -slope,
    rSquared: spread === 0 ? 0 : 1 - left / spread,
  };
}

/** Whether errors fall, and nearly as the law says. */
export const fits = ({ exponent, rSquared }: PowerLaw): boolean => exponent > 0 && rSquared >= WANTED_R_SQUARED;

export const errorAt = ({ factor, exponent }: PowerLaw, people: number): number => factor * people ** -exponent;
