/** What a commit of the notifier says. */
export interface DeliveryMarks {
  /** Offset from which on the log must be read to know which alerts are open, and who was told of them. */
  low: bigint;
  /** Per receiver, the offset up to which all was delivered or set aside. */
  done: ReadonlyMap<string, bigint>;
}

const VERSION = '1';

/** `1;receiver=offset;...`; the committed offset itself says `low`. */
export const encodeDeliveryMarks = ({ done }: DeliveryMarks): string =>
  [VERSION, ...[...done].map(([name, offset]) => `${name}=${offset}`)].join(';');

/**
 * Reads what `encodeDeliveryMarks` wrote. Metadata that we did not write (an operator set the offset by hand) means a
 * plain position, for every receiver.
 */
export function decodeDeliveryMarks(low: bigint, metadata: string | undefined): DeliveryMarks {
  const [version, ...entries] = (metadata ?? '').split(';');
  const parsed = entries.map((entry) => /^([a-z][a-z0-9-]*)=(\d+)$/.exec(entry));
  if (version !== VERSION || parsed.some((match) => match === null)) return { low, done: new Map() };
  return { low, done: new Map(parsed.map((match) => [match?.[1] as string, BigInt(match?.[2] as string)])) };
}
