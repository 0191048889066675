export * from './render-svg.js';
export * from './theme.js';
