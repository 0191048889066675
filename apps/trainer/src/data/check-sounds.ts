import { readAudioFile } from '#libs/audio';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CsvRow, type OnFault, eachRow, tolerate } from './csv.js';

/** A table may round a duration, and an encoder may pad a frame. */
const DURATION_TOLERANCE_SECONDS = 0.05;

/**
 * Decodes the sound of every row of a table: it must be audio, hold more than zeros, and be as long as the row says.
 * @param idColumn names the sound
 * @param soundFolder where ID.flac lies; a missing file is the reader's to report
 * @param onSound is told the seconds of each sound
 */
export function checkSounds(
  table: string,
  idColumn: string,
  soundFolder: string,
  onFault: OnFault,
  onSound: (seconds: number) => void,
): void {
  // What is wrong with the table itself, its reader has said already.
  eachRow(table, [idColumn], ignore, (row) => {
    const file = join(soundFolder, `${row.text(idColumn)}.flac`);
    if (existsSync(file)) tolerate(onFault, () => onSound(checkSound(file, row)));
  });
}

const ignore: OnFault = () => {};

function checkSound(file: string, row: CsvRow): number {
  const { samples, sampleRateHz } = readAudioFile(readFileSync(file), file);
  const seconds = samples.length / sampleRateHz;
  if (samples.every((x) => x === 0)) throw row.fault(`${file} holds nothing but zeros`);
  const written = row.optional('duration_s');
  if (written !== undefined && Math.abs(Number(written) - seconds) > DURATION_TOLERANCE_SECONDS) {
    throw row.fault(`'duration_s' is ${written}, and ${file} lasts ${seconds.toFixed(2)} s`);
  }
  return seconds;
}
