export * from './analysis-grid.js';
export * from './codec.js';
export * from './derived-id.js';
export * from './errors.js';
export * from './fingerprint.js';
export * from './generated/records.js';
export * from './stage.js';
export * from './topics.js';
