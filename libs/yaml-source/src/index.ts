export * from './yaml-source.js';
export * from './yaml-texts.js';
