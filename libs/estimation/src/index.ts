export * from './estimate.js';
export * from './marks.js';
export * from './partition-streams.js';
