export * from './secret.js';
export * from './tokens.js';
