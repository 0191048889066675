export * from './front-end.js';
export * from './mel-filterbank.js';
