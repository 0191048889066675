export type { AlertCursor, StoredAlert } from './alerting-queries.js';
export { isUnavailable } from './client.js';
export type { EstimateCursor, StoredEstimate, TrendPoint } from './queries.js';
export { faultOfEstimate, readAlert, readEpisode, readEstimate, readRate, readTruth } from './read-record.js';
export type { VersionRange } from './served-versions.js';
export { Store } from './store.js';
