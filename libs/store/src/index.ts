export { isUnavailable } from './client.js';
export type { EstimateCursor, StoredEstimate, TrendPoint } from './queries.js';
export { Store } from './store.js';
