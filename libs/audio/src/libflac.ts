import { createRequire } from 'node:module';
import type libFactory from 'libflacjs';

/** libFLAC in WebAssembly: twice as fast as its JavaScript build, and like it synchronous once it is loaded. */
export const flac = hidingFetch(
  () => createRequire(import.meta.url)('libflacjs/dist/libflac.wasm.js') as libFactory.Flac,
);

if (!flac.isReady()) await new Promise((resolve) => flac.on('ready', resolve));

/**
 * The library decides while it is loaded how to get its module: wherever it sees a global fetch it uses that, and
 * Node's fetch refuses file paths. Without one it reads the file.
 */
function hidingFetch<T>(load: () => T): T {
  const fetch = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  Reflect.deleteProperty(globalThis, 'fetch');
  try {
    return load();
  } finally {
    if (fetch) Object.defineProperty(globalThis, 'fetch', fetch);
  }
}
