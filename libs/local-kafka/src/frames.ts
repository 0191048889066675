const LENGTH_BYTES = 4;
/** Apache Kafka's socket.request.max.bytes. */
const LONGEST_FRAME_BYTES = 100 * 2 ** 20;

/**
 * Cuts a stream of bytes into the protocol's frames, without their length fields.
 * @throws Error where a length is impossible: whatever is spoken there is not Kafka
 */
export async function* frames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wantedBytes = LENGTH_BYTES;
  for await (const chunk of chunks) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wantedBytes) continue;
    let rest = held.length === 1 ? chunk : Buffer.concat(held);
    for (;;) {
      wantedBytes = LENGTH_BYTES;
      if (rest.length < wantedBytes) break;
      const length = rest.readInt32BE(0);
      if (length < 8 || length > LONGEST_FRAME_BYTES) throw new Error(`a request of ${length} bytes`);
      wantedBytes += length;
      if (rest.length < wantedBytes) break;
      yield rest.subarray(LENGTH_BYTES, wantedBytes);
      rest = rest.subarray(wantedBytes);
    }
    held = rest.length === 0 ? [] : [rest];
    heldBytes = rest.length;
  }
}
