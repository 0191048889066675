export * from './decode-audio.js';
export * from './flac-encoder.js';
export { OGG_OPUS_RATE_HZ, readOggOpus } from './ogg-opus.js';
export { cutIntoChunks, joinPackets } from './opus-chunk.js';
export * from './pcm.js';
export * from './read-audio-file.js';
export * from './resampler.js';
