export * from './estimate.js';
export * from './marks.js';
export * from './partition-streams.js';
export * from './settings.js';
export * from './time-range.js';
