/** How far a receiver is: all records before `upTo` were delivered or set aside, but for those in `except`. */
export interface ReceiverMark {
  upTo: bigint;
  /** Ascending, each below `upTo`. */
  except: readonly bigint[];
}

/** What a commit of the notifier says. */
export interface DeliveryMarks {
  /** Offset from which on the log must be read to know which alerts are open, and who was told of them. */
  low: bigint;
  receivers: ReadonlyMap<string, ReceiverMark>;
}

const VERSION = '1';

/** Brokers keep 4096 bytes with a commit. */
const MOST_CHARACTERS = 4_000;

/**
 * `1;RECEIVER=upTo:first.step.step;...`, exceptions by their distances; the committed offset itself says `low`. A
 * receiver with more exceptions than there is room for gets a lower mark: then some is told again, and nothing is lost.
 */
export function encodeDeliveryMarks({ receivers }: DeliveryMarks): string {
  const room = Math.floor(MOST_CHARACTERS / Math.max(receivers.size, 1)) - 1;
  return [VERSION, ...[...receivers].map(([name, mark]) => encodeMark(name, mark, room))].join(';');
}

function encodeMark(name: string, { upTo, except }: ReceiverMark, room: number): string {
  const left = room - `${name}=${upTo}:`.length;
  let text = '';
  let before = 0n;
  for (const offset of except) {
    const longer = text === '' ? String(offset) : `${text}.${offset - before}`;
    if (longer.length > left) return `${name}=${offset}${text && `:${text}`}`;
    text = longer;
    before = offset;
  }
  return `${name}=${upTo}${text && `:${text}`}`;
}

/**
 * Reads what `encodeDeliveryMarks` wrote. Metadata that we did not write (an operator set the offset by hand) means a
 * plain position, for every receiver.
 */
export function decodeDeliveryMarks(low: bigint, metadata: string | undefined): DeliveryMarks {
  const [version, ...entries] = (metadata ?? '').split(';');
  const marks = entries.map(decodeMark);
  const isOurs = version === VERSION && marks.every((mark) => mark !== undefined);
  return { low, receivers: new Map(isOurs ? (marks as [string, ReceiverMark][]) : []) };
}

function decodeMark(text: string): [string, ReceiverMark] | undefined {
  const [, name, upTo, list] = /^([a-z][a-z0-9-]*)=(\d+)(?::(\d+(?:\.\d+)*))?$/.exec(text) ?? [];
  if (name === undefined || upTo === undefined) return undefined;
  let at = 0n;
  const except = list?.split('.').map((step) => (at += BigInt(step))) ?? [];
  return [name, { upTo: BigInt(upTo), except }];
}

/** Where a receiver begins; one that is new hears of nothing that others were told of. */
export function markOf({ low, receivers }: DeliveryMarks, receiver: string): ReceiverMark {
  const known = receivers.get(receiver);
  if (known) return known;
  const furthest = [...receivers.values()].reduce((most, { upTo }) => (upTo > most ? upTo : most), low);
  return { upTo: furthest, except: [] };
}

export const isDone = ({ upTo, except }: ReceiverMark, offset: bigint): boolean =>
  offset < upTo && !except.includes(offset);
