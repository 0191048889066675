/** What a commit of the audio topic says. Encoded, it fits the 4096 bytes that brokers allow for metadata. */
export interface Marks {
  /** Offset of the oldest chunk that an unfinished window, or the fate of a live stream, still needs: L. */
  low: bigint;
  /** Offset up to which records were processed and their results acknowledged: H. */
  high: bigint;
  /**
   * Records from L on that changed nothing because of what came before them (duplicates, chunks after the end of their
   * session, SESSION_CHANGED): a reader that begins at L could not tell, so it is told to pass them over.
   */
  ignored: readonly bigint[];
}

const VERSION = '1';
/** Brokers allow 4096 bytes of metadata. The lowest matter most: behind them good chunks tell the reader by themselves. */
const LONGEST_LIST_CHARACTERS = 4_000;

/** `1;H;d,d,...`: H in decimal, each ignored offset as its distance from the one before (the first: from L) in base 36. */
export function encodeMarks({ low, high, ignored }: Marks): string {
  let list = '';
  let last = low;
  for (const offset of ignored) {
    const distance = `${list === '' ? '' : ','}${(offset - last).toString(36)}`;
    if (list.length + distance.length > LONGEST_LIST_CHARACTERS) break;
    list += distance;
    last = offset;
  }
  return [VERSION, high, list].join(';');
}

/**
 * Reads what `encodeMarks` wrote. Metadata that we did not write (an operator reset the offset by hand) means a plain
 * position: nothing before it was processed by us, everything from it on is to be published.
 */
export function decodeMarks(low: bigint, metadata: string | undefined): Marks {
  const [version, high, list = ''] = (metadata ?? '').split(';');
  if (version !== VERSION || high === undefined || !/^\d+$/.test(high)) return { low, high: low, ignored: [] };
  let last = low;
  const ignored = list
    .split(',')
    .filter((distance) => /^[0-9a-z]+$/.test(distance))
    .map((distance) => (last += BigInt(parseInt(distance, 36))));
  return { low, high: BigInt(high), ignored };
}
