import { createRequire } from 'node:module';

/** What is used of the class: created in its reset state, at once. */
interface Decoder {
  /** @returns 16-bit samples, interleaved; @throws Error that begins with `opus: ` for what is no packet */
  decode(packet: Uint8Array): Uint8Array;
  /** Frees its memory. */
  drop(): void;
}

const require = createRequire(import.meta.url);

/**
 * libopus in WebAssembly, synchronous once it is loaded. The package's main file would load a native build where there
 * is one; WebAssembly gives the same bits on every machine, and damaged packets can reach no further than its memory.
 */
export const opus = require('@evan/opus/wasm/index.js') as {
  Decoder: new (options: { channels: number; sample_rate: number }) => Decoder;
};

/** What the package's buffer takes: more than 120 ms at 510 kbit/s, the most that encoders give. */
export const LONGEST_PACKET_BYTES = 8_192;
