export * from './device-client.js';
export * from './frame.js';
export * from './protocol.js';
