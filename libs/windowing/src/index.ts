export * from './options.js';
export * from './stream-windower.js';
