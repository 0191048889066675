import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EupneaError } from '#libs/contracts';
import { LEAST_SECRET_BYTES } from './tokens.js';

/** The variable that holds the secret with which tokens are signed. */
export const SECRET_SETTING = 'GATEWAY_TOKEN_SECRET';
const FILE = 'gateway-token-secret';
const READ_BY_OWNER_ALONE = 0o600;

const hint = `Set ${SECRET_SETTING} to the gateway's secret, at least ${LEAST_SECRET_BYTES} bytes; \`npm start\` makes one for the local run.`;

/**
 * The secret of a command: the variable's, else that of the local run in `home`.
 * @throws EupneaError CONFIG_INVALID
 */
export function findSecret(environment: NodeJS.ProcessEnv, home: string): string {
  const secret = environment[SECRET_SETTING] ?? readSecret(home);
  if (secret === undefined) throw new EupneaError('CONFIG_INVALID', `${SECRET_SETTING} is not set`, { hint });
  if (Buffer.byteLength(secret) < LEAST_SECRET_BYTES) {
    throw new EupneaError('CONFIG_INVALID', `${SECRET_SETTING} is too short`, { hint });
  }
  return secret;
}

/** The secret of the local run, made the first time; the file is readable by its owner alone. */
export function keepSecret(home: string): string {
  const kept = readSecret(home);
  if (kept !== undefined) return kept;
  const secret = randomBytes(LEAST_SECRET_BYTES).toString('base64url');
  writeFileSync(join(home, FILE), secret, { mode: READ_BY_OWNER_ALONE, flag: 'wx' });
  return secret;
}

function readSecret(home: string): string | undefined {
  try {
    return readFileSync(join(home, FILE), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
