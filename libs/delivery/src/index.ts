export * from './retry.js';
export * from './signing.js';
