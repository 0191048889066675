/** Sample offset (uint64) and pre-roll (uint32), both big-endian. */
const HEADER_BYTES = 12;

/** One chunk of sound on the wire. */
export interface Frame {
  /** Index of the first sample since the session began, per channel. */
  sampleOffset: number;
  /** Opus only: decoded samples before `sampleOffset`, to be discarded; else 0. */
  preRollSamples: number;
  /** Encoded as the session says; decodes alone. */
  audio: Uint8Array;
}

export function encodeFrame({ sampleOffset, preRollSamples, audio }: Frame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + audio.length);
  const header = new DataView(bytes.buffer);
  header.setBigUint64(0, BigInt(sampleOffset));
  header.setUint32(8, preRollSamples);
  bytes.set(audio, HEADER_BYTES);
  return bytes;
}

const LARGEST_INT = 2 ** 31 - 1;

/** @returns undefined for what is no frame: too short, or with numbers beyond what a record holds */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const sampleOffset = Number(header.getBigUint64(0));
  const preRollSamples = header.getUint32(8);
  if (!Number.isSafeInteger(sampleOffset) || preRollSamples > LARGEST_INT) return undefined;
  return { sampleOffset, preRollSamples, audio: bytes.subarray(HEADER_BYTES) };
}
