import { DEFAULT_ERROR_MODEL, type ErrorModel } from './error-model.js';

/** Every value with which windows are pooled. */
export interface PoolingOptions {
  /** Length of a span. @default 60_000 */
  spanMs: number;
  /** An aggregate is published when the person's clock has passed the end of its span by this much. @default 15_000 */
  settleMs: number;
  /** Rates above this are heavy breathing (METHOD's heavyEventThreshold). @default 25 */
  heavyPerMinute: number;
  /** An episode opens at this P(pooled rate > heavyPerMinute). @default 0.8 */
  openProbability: number;
  /** An open episode closes below this. @default 0.5 */
  closeProbability: number;
  /** Spans with less coverage say nothing about episodes. @default 0.5 */
  minCoverage: number;
  /** An open episode about which nothing was said for so long ends where it last was heavy. @default 60_000 */
  graceMs: number;
  errorModel: ErrorModel;
}

export const DEFAULT_POOLING: PoolingOptions = {
  spanMs: 60_000,
  settleMs: 15_000,
  heavyPerMinute: 25,
  openProbability: 0.8,
  closeProbability: 0.5,
  minCoverage: 0.5,
  graceMs: 60_000,
  errorModel: DEFAULT_ERROR_MODEL,
};
