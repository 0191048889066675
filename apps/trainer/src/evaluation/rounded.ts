/** Four decimals: what a figure of agreement is good for. */
export const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
