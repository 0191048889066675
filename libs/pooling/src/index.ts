export * from './episode-detector.js';
export * from './error-model.js';
export * from './options.js';
export * from './sliding-pool.js';
export * from './span-aggregator.js';
export * from './subject-intake.js';
export * from './window-sample.js';
