import { randomUUID } from 'node:crypto';
import { EupneaError } from '#libs/contracts';
import { SignJWT, errors, jwtVerify } from 'jose';

/** What a token says: this device sends for this subject until then. */
export interface DeviceToken {
  tokenId: string;
  subjectId: string;
  deviceId: string;
  /** Epoch milliseconds. */
  expiresAtMs: number;
}

export const LEAST_SECRET_BYTES = 32;

const ALGORITHM = 'HS256';
const ISSUER = 'eupnea';
const AUDIENCE = 'eupnea-gateway';
const LONGEST_ID_CHARACTERS = 128;

const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/**
 * Signs a token (a JSON Web Token with HMAC-SHA-256) that binds a device to a subject.
 * @throws EupneaError TOKEN_INVALID for ids that no record may have
 */
export async function issueToken(
  secret: string,
  { subjectId, deviceId, expiresAtMs }: Omit<DeviceToken, 'tokenId'>,
): Promise<{ tokenId: string; token: string }> {
  for (const id of [subjectId, deviceId]) {
    if (id.length === 0 || id.length > LONGEST_ID_CHARACTERS) {
      throw new EupneaError(
        'TOKEN_INVALID',
        `ids have 1 to ${LONGEST_ID_CHARACTERS} characters, and one has ${id.length}`,
      );
    }
  }
  const tokenId = randomUUID();
  const token = await new SignJWT({ device: deviceId })
    .setProtectedHeader({ alg: ALGORITHM })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(subjectId)
    .setJti(tokenId)
    .setIssuedAt()
    .setExpirationTime(Math.floor(expiresAtMs / 1000))
    .sign(keyOf(secret));
  return { tokenId, token };
}

/** @throws EupneaError TOKEN_INVALID, TOKEN_EXPIRED; no message holds any of the token */
export async function verifyToken(secret: string, token: string): Promise<DeviceToken> {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'jti', 'exp', 'device'],
    });
    const { jti, sub, device, exp } = payload;
    if (typeof device !== 'string') throw new TypeError('the claim `device` is no string');
    return { tokenId: String(jti), subjectId: String(sub), deviceId: device, expiresAtMs: Number(exp) * 1000 };
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new EupneaError('TOKEN_EXPIRED', `the token was valid until ${expiryOf(error)}`, {
        hint: 'Issue a new one: npm run gateway -- issue-token',
      });
    }
    throw new EupneaError('TOKEN_INVALID', 'the token is malformed, or signed with another secret');
  }
}

const expiryOf = ({ payload }: InstanceType<typeof errors.JWTExpired>): string =>
  new Date(Number(payload.exp) * 1000).toISOString();
