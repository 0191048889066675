export * from './local-time.js';
export * from './recovery.js';
export * from './rest-days.js';
export * from './resting-baseline.js';
export * from './resting-figures.js';
