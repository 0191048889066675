export { isUnavailable } from './client.js';
export type { EstimateCursor, StoredEstimate, TrendPoint } from './queries.js';
export { readEstimate, readTruth } from './read-record.js';
export type { VersionRange } from './served-versions.js';
export { Store } from './store.js';
