import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './stack.js';

/** The real recordings, which stay outside the repository; EUPNEA_RECORDINGS names another folder of that layout. */
export const recordingsFolder = process.env['EUPNEA_RECORDINGS'] ?? join(root, '../shared/data/coswara-breath');

export const recordingsAreThere = existsSync(join(recordingsFolder, 'recordings.csv'));

/** The rows of a plain CSV file without quotes. */
export function readCsv(file: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, column) => [names[column] ?? '', cell])));
}
