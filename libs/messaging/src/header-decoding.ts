import { createRequire } from 'node:module';
import type { IHeaders } from 'kafkajs';

interface HeaderPair {
  key: string;
  value: Buffer | null;
}

type ReadArray = (this: unknown, reader: unknown) => HeaderPair[];

/** kafkajs' reader of the protocol's bytes, the very one that it uses. */
const Decoder = createRequire(import.meta.url)('kafkajs/src/protocol/decoder.js') as {
  prototype: { readVarIntArray: ReadArray };
};

const readArray = Decoder.prototype.readVarIntArray;

/**
 * Makes kafkajs 2.2 read the headers of a record in linear time. It reduces the list of headers to an object that it
 * copies for each of them: a record with some ten thousand headers, which any broker takes, holds the process for
 * minutes, its heartbeats included, and so each next owner of the partition. Nothing else reads arrays of this kind.
 */
export function readHeadersInLinearTime(): void {
  Decoder.prototype.readVarIntArray = function (reader) {
    const pairs = readArray.call(this, reader);
    return Object.assign(pairs, { reduce: () => headersOf(pairs) });
  };
}

/** One value per name, or the list of them in their order; names of Object's own members are names like any other. */
export function headersOf(pairs: readonly HeaderPair[]): IHeaders {
  const values = new Map<string, (Buffer | null)[]>();
  for (const { key, value } of pairs) {
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, list.length === 1 ? list[0] : list]),
  ) as unknown as IHeaders;
}
