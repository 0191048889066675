export * from './bland-altman.js';
export * from './bootstrap.js';
export * from './classification.js';
export * from './concordance.js';
export * from './group-by.js';
export * from './paired-bootstrap.js';
export * from './statistics.js';
