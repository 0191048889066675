import type { IHeaders } from 'kafkajs';

/** One record as it stands in the log. */
export interface LogRecord {
  topic: string;
  partition: number;
  offset: bigint;
  /** LogAppendTime, epoch milliseconds. */
  appendTimeMs: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders;
}

/** A record to append; the partition is explicit wherever it is derived from another record's. */
export interface OutgoingRecord {
  topic: string;
  partition?: number;
  key: Buffer | string | null;
  value: Buffer | null;
  headers?: IHeaders;
}

/** Bytes of names and values; a name may stand for several values. */
export function sizeOfHeaders(headers: IHeaders): number {
  let bytes = 0;
  for (const [name, header] of Object.entries(headers)) {
    for (const value of Array.isArray(header) ? header : [header]) bytes += name.length + (value?.length ?? 0);
  }
  return bytes;
}
