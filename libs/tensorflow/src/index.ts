export * from './load.js';
export * from './lstm.js';
