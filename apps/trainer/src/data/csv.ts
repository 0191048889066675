import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync } from 'node:fs';

/** One row of a CSV file, which knows where it stands, so that a fault can be named. */
export class CsvRow {
  constructor(
    readonly file: string,
    readonly line: number,
    private readonly values: ReadonlyMap<string, string>,
  ) {}

  /** undefined where there is no such column, or nothing in it. */
  optional(column: string): string | undefined {
    return this.values.get(column) || undefined;
  }

  text(column: string): string {
    const value = this.values.get(column);
    if (value === undefined || value === '') throw this.fault(`'${column}' is empty`);
    return value;
  }

  number(column: string, range: { min?: number; max?: number } = {}): number {
    const text = this.text(column);
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.fault(`'${column}' is '${text}', which is no number`);
    if (value < (range.min ?? -Infinity) || value > (range.max ?? Infinity)) {
      throw this.fault(`'${column}' is ${text}, outside ${range.min ?? '-inf'} to ${range.max ?? 'inf'}`);
    }
    return value;
  }

  oneOf<const Choice extends string>(column: string, choices: readonly Choice[]): Choice {
    const text = this.text(column);
    if (!(choices as readonly string[]).includes(text)) {
      throw this.fault(`'${column}' is '${text}', which is none of ${choices.join(', ')}`);
    }
    return text as Choice;
  }

  fault(what: string): EupneaError {
    return dataFault(`${this.file}:${this.line}: ${what}`);
  }
}

export function dataFault(message: string): EupneaError {
  return new EupneaError('DATA_INVALID', message, { hint: 'The layouts are described in docs/data.md.' });
}

/** What to do about a fault: `refuse` it at once, or collect it and go on with the next row. */
export type OnFault = (fault: EupneaError) => void;
export const refuse: OnFault = (fault) => {
  throw fault;
};

/** Runs a step and hands the error that it may throw to `onFault`; other errors pass. */
export function tolerate(onFault: OnFault, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof EupneaError)) throw error;
    onFault(error);
  }
}

/** Reads a table row by row; a row whose reading throws is a fault and left out. */
export function eachRow(file: string, columns: readonly string[], onFault: OnFault, read: (row: CsvRow) => void): void {
  tolerate(onFault, () => {
    for (const row of readCsv(file, columns, onFault)) tolerate(onFault, () => read(row));
  });
}

/**
 * Reads a CSV file with a header line. Fields may stand in double quotes and then hold commas; no field spans lines.
 * @param onFault takes a row with the wrong number of fields
 * @throws EupneaError FILE_NOT_FOUND, or DATA_INVALID naming file and line
 */
function readCsv(file: string, columns: readonly string[], onFault: OnFault = refuse): CsvRow[] {
  if (!existsSync(file)) {
    throw new EupneaError('FILE_NOT_FOUND', `${file} does not exist`, {
      hint: 'A data folder is laid out as docs/data.md says.',
    });
  }
  const lines = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  const header = splitLine(lines[0] ?? '');
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) throw dataFault(`${file}:1: no column named ${missing.join(', ')}`);
  const rows: CsvRow[] = [];
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] as string;
    if (line.trim() === '') continue;
    const fields = splitLine(line);
    if (fields.length !== header.length) {
      onFault(dataFault(`${file}:${index + 1}: ${fields.length} fields, and the header has ${header.length}`));
      continue;
    }
    rows.push(new CsvRow(file, index + 1, new Map(header.map((name, at) => [name, fields[at] as string]))));
  }
  return rows;
}

function splitLine(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields = line.match(/("([^"]|"")*"|[^,"]*)(,|$)/g) ?? [];
  const trimmed = fields.map((field) => field.replace(/,$/, ''));
  if (!line.endsWith(',') && trimmed.at(-1) === '') trimmed.pop();
  return trimmed.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}
