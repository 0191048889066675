export * from './rules-in-force.js';
export * from './put-in-force.js';
