export * from './fit-front-end.js';
export * from './frame-extractor.js';
export * from './frame-grid.js';
export * from './front-end.js';
export * from './log-mel-normalised.js';
export * from './mel-filterbank.js';
export { PowerSpectrum512 } from './fft.js';
export * from './modulation.js';
export * from './standardised.js';
