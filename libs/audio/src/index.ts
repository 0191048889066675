export * from './decode-audio.js';
export * from './flac-encoder.js';
export * from './pcm.js';
export * from './read-audio-file.js';
export * from './resampler.js';
