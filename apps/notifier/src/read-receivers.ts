import { existsSync, readFileSync } from 'node:fs';
import { EupneaError } from '#libs/contracts';
import { type Receivers, type SecretPlace, parseReceivers } from '#libs/delivery';

/** @throws EupneaError RECEIVERS_INVALID with file, line and reason of every fault; CONFIG_INVALID where there is no such file */
export function readReceivers(file: string): Receivers {
  if (!existsSync(file)) throw new EupneaError('CONFIG_INVALID', `NOTIFIER_CONFIG: there is no file ${file}`);
  return parseReceivers(readFileSync(file, 'utf8'), file, secretAt);
}

function secretAt(place: SecretPlace): string | undefined {
  if ('env' in place) return process.env[place.env];
  return existsSync(place.file) ? readFileSync(place.file, 'utf8') : undefined;
}
