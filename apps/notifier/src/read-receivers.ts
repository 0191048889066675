import { readFileSync } from 'node:fs';
import { EupneaError } from '#libs/contracts';
import { type Receivers, type SecretPlace, parseReceivers } from '#libs/delivery';

/** @throws EupneaError RECEIVERS_INVALID with file, line and reason of every fault; CONFIG_INVALID where it cannot be read */
export function readReceivers(file: string): Receivers {
  const text = textOf(file);
  if (text === undefined) throw new EupneaError('CONFIG_INVALID', `NOTIFIER_CONFIG: there is no file ${file} to read`);
  return parseReceivers(text, file, secretAt);
}

function secretAt(place: SecretPlace): string | undefined {
  if ('env' in place) return process.env[place.env];
  return textOf(place.file);
}

/** Undefined where there is no file that we may read. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
