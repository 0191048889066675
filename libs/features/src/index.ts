export * from './front-end.js';
export * from './mel-filterbank.js';
export { PowerSpectrum512 } from './fft.js';
