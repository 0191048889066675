import { ERROR_CODES, decode } from '#libs/contracts';
import { type PartitionStreams, type RecordOutcome, decodeMarks, encodeMarks } from '#libs/estimation';
import { type LogRecord, deadLetterOf, readDeadLetter } from '#libs/messaging';

export type Account = { fault?: string } & (
  { kind: 'accepted' } | { kind: 'dropped'; reason: string } | { kind: 'dead-lettered'; reason: string }
);

/** Brokers take no more metadata with a commit. */
const LONGEST_METADATA_BYTES = 4_096;
/** Brokers take no larger record than 1 MB, so nothing above it need be kept whole. */
const LARGEST_WHOLE_BYTES = 2 ** 20;
const DROP_REASONS = ['duplicate_chunk', 'session_ended'];

/**
 * Where a message went, with what is wrong about it: every message goes exactly one way, what is set aside can be sent
 * again as it was, and the marks that would be committed behind it can be read again.
 */
export function accountOf(
  record: LogRecord,
  original: Buffer,
  outcome: RecordOutcome,
  streams: Pick<PartitionStreams, 'marks'>,
): Account {
  const fault = faultOfMarks(record, streams);
  const { rejection, dropped } = outcome;
  if (rejection) {
    const { code } = rejection.reject;
    return {
      kind: 'dead-lettered',
      reason: code,
      ...found(fault ?? faultOfLetter(record, original, rejection) ?? (dropped && 'dropped and dead-lettered')),
    };
  }
  if (dropped !== undefined) {
    return { kind: 'dropped', reason: dropped, ...found(fault ?? faultOfReason(dropped)) };
  }
  const isChunk = decode(record.value, 'AudioChunk').kind === 'ok';
  return { kind: 'accepted', ...found(fault ?? (isChunk ? undefined : 'accepted, and it is no chunk')) };
}

const found = (fault: string | undefined) => (fault === undefined ? {} : { fault });

const faultOfReason = (reason: string): string | undefined =>
  DROP_REASONS.includes(reason) ? undefined : `dropped for an unknown reason: ${reason}`;

function faultOfLetter(
  record: LogRecord,
  original: Buffer,
  { reject, stage }: NonNullable<RecordOutcome['rejection']>,
): string | undefined {
  if (!(reject.code in ERROR_CODES)) return `dead-lettered with an unknown code: ${reject.code}`;
  if (reject.message === '') return `dead-lettered without a message: ${reject.code}`;
  const sent = deadLetterOf(record, reject, stage);
  const letter = readDeadLetter({ ...record, ...sent, key: record.key, headers: sent.headers ?? {} });
  if (letter === undefined) return 'its dead letter cannot be read';
  if (!letter.isWhole && original.length > LARGEST_WHOLE_BYTES) return undefined;
  const { key, value, headers } = letter.original;
  const isSame =
    JSON.stringify([key, headers]) === JSON.stringify([record.key, record.headers]) &&
    (value ?? Buffer.alloc(0)).equals(original);
  return isSame && letter.code === reject.code ? undefined : 'its dead letter is not what came';
}

function faultOfMarks({ offset }: LogRecord, streams: Pick<PartitionStreams, 'marks'>): string | undefined {
  const marks = streams.marks(offset + 1n);
  const metadata = encodeMarks(marks);
  if (metadata.length > LONGEST_METADATA_BYTES) return `marks of ${metadata.length} bytes`;
  const again = decodeMarks(marks.low, metadata);
  return marks.low <= marks.high && again.high === marks.high ? undefined : 'marks that cannot be read again';
}
