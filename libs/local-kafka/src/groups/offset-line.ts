import { crc32c } from '../log/crc32c.js';
import type { OffsetCommit } from './committed-offsets.js';

/** The offset of one partition, or (offset null) that it is forgotten. */
export type Line = [
  group: string,
  topic: string,
  partition: number,
  offset: number | null,
  metadata: string | null,
  expiresAtMs?: number,
];

export const LINE_END = 0x0a;
const SEPARATOR = '\t'; // never in JSON as we write it
const HEX = 16;

export const lineOf = (group: string, commit: OffsetCommit): Line => {
  const { topic, partition, offset, metadata, expiresAtMs } = commit;
  return expiresAtMs === undefined
    ? [group, topic, partition, offset, metadata]
    : [group, topic, partition, offset, metadata, expiresAtMs];
};

/** JSON, a tab and its CRC-32C: without it, a flipped bit could move a consumer to where it never was. */
export function formatLine(line: Line): string {
  const json = JSON.stringify(line);
  return `${json}${SEPARATOR}${crc32c(Buffer.from(json)).toString(HEX)}\n`;
}

/** undefined where the line is damaged. */
export function parseLine(bytes: Buffer): Line | undefined {
  const end = bytes.lastIndexOf(SEPARATOR);
  if (end === -1) return undefined;
  const json = bytes.subarray(0, end);
  if (bytes.toString('latin1', end + 1) !== crc32c(json).toString(HEX)) return undefined;
  return JSON.parse(json.toString()) as Line;
}
