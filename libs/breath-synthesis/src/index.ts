export * from './appliances.js';
export * from './breath-sound.js';
export * from './person.js';
export * from './random.js';
export * from './session-plan.js';
export * from './truth.js';
export * from './scripts.js';
export { breathLevel } from './layers.js';
