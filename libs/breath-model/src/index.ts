export * from './bundle.js';
export * from './engine.js';
export * from './manifest.js';
export * from './onnx/schema.js';
export * from './onnx-engine.js';
export * from './reading.js';
export * from './tensorflow-engine/create.js';
