export * from './check-chunk.js';
export * from './decode-chunk.js';
