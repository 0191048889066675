export * from './load.js';
export * from './lstm.js';
export * from './numbers-of.js';
