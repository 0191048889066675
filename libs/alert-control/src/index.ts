export * from './alert-control.js';
export * from './rules-in-force.js';
