import { HEADER_BYTES, claimedSizeBytes, holeHeader, intactAt, readHeader, seemsWholeAt } from './record-batch.js';

/** What is known of a segment besides its file. */
export interface SegmentBounds {
  /** The first offset that it may hold. */
  readonly baseOffset: number;
  /** Where the next segment begins; undefined for the newest segment, which an unfinished write may have left torn. */
  readonly endOffset: number | undefined;
}

/**
 * Finds the batches of a segment whose index is not there. What is no intact batch becomes a hole, and the search goes
 * on behind it; so a broken batch costs its own records and no others. Only behind the last batch of the newest segment
 * is nothing kept, unless it still has the form of a whole batch: then its records were there, may have been
 * acknowledged and read, and their offsets must not be given again.
 * @returns the headers of batches and holes one after another; what lies behind them is torn
 */
export function findBatches(content: Buffer, { baseOffset, endOffset }: SegmentBounds): Buffer[] {
  const headers: Buffer[] = [];
  let position = 0;
  let expected = baseOffset;
  const fits = (at: number): boolean => {
    if (!intactAt(content, at)) return false;
    const { baseOffset: found, lastOffset } = readHeader(content, at);
    // The checksum does not cover the offset. The newest segment was never compacted: there, only a hole explains a gap.
    if (endOffset === undefined && at === position && found !== expected) return false;
    return found >= expected && lastOffset < (endOffset ?? Number.MAX_SAFE_INTEGER);
  };
  const hole = (nextOffset: number, nextPosition: number): void => {
    headers.push(holeHeader(expected, nextOffset, nextPosition - position));
    position = nextPosition;
    expected = nextOffset;
  };

  for (;;) {
    const at = nextBatch(content, position, fits);
    if (at === undefined) break;
    const { baseOffset: found, lastOffset, sizeBytes } = readHeader(content, at);
    if (at > position) hole(found, at);
    headers.push(Buffer.from(content.subarray(at, at + HEADER_BYTES)));
    position = at + sizeBytes;
    expected = lastOffset + 1;
  }
  if (endOffset !== undefined && position < content.length) hole(endOffset, content.length);
  while (seemsWholeAt(content, position, expected)) {
    hole(readHeader(content, position).lastOffset + 1, position + claimedSizeBytes(content, position));
  }
  return headers;
}

/** First where the batch here says that the next one is: a record may itself hold the bytes of a batch. */
function nextBatch(content: Buffer, from: number, fits: (at: number) => boolean): number | undefined {
  if (from + HEADER_BYTES > content.length) return undefined;
  if (fits(from)) return from;
  const size = claimedSizeBytes(content, from);
  if (size >= HEADER_BYTES && fits(from + size)) return from + size;
  for (let at = from + 1; at + HEADER_BYTES <= content.length; at++) if (fits(at)) return at;
  return undefined;
}
