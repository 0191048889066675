import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findSecret, issueToken, keepSecret, verifyToken } from './index.js';

const SECRET = 'a secret of at least thirty-two bytes';
const anna = { subjectId: 'anna', deviceId: 'headphones-1', expiresAtMs: Date.now() + 60_000 };

describe('a token', () => {
  test('says who sends for whom, and until when', async () => {
    const { token, tokenId } = await issueToken(SECRET, anna);
    const expiresAtMs = Math.floor(anna.expiresAtMs / 1000) * 1000;
    expect(await verifyToken(SECRET, token)).toEqual({ ...anna, tokenId, expiresAtMs });
  });

  test('is refused when its time is over, and the message does not hold it', async () => {
    const { token } = await issueToken(SECRET, { ...anna, expiresAtMs: Date.now() - 2_000 });
    const error = await verifyToken(SECRET, token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(String(error)).not.toContain(token.split('.')[1]);
  });

  test.each([
    ['signed with another secret', async () => (await issueToken('another secret of thirty-two bytes', anna)).token],
    ['changed', async () => (await issueToken(SECRET, anna)).token.replace(/\.[^.]+\./, '.e30.')],
    ['without a signature', async () => `${(await issueToken(SECRET, anna)).token.split('.').slice(0, 2).join('.')}.`],
    ['of algorithm none', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    ['that is none', async () => 'rubbish'],
    [
      'without a device',
      async () =>
        new SignJWT({})
          .setProtectedHeader({ alg: 'HS256' })
          .setIssuer('eupnea')
          .setAudience('eupnea-gateway')
          .setSubject('anna')
          .setJti('x')
          .setExpirationTime('1h')
          .sign(new TextEncoder().encode(SECRET)),
    ],
  ])('%s is refused', async (_, make) => {
    await expect(verifyToken(SECRET, await make())).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('is not issued for an id that no record may have', async () => {
    await expect(issueToken(SECRET, { ...anna, subjectId: 'x'.repeat(129) })).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
    await expect(issueToken(SECRET, { ...anna, deviceId: '' })).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });
});

describe('the secret', () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'eupnea-secret-'))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  test('of a local run is made once, readable by its owner alone, and found by commands', () => {
    const secret = keepSecret(home);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(statSync(join(home, 'gateway-token-secret')).mode & 0o777).toBe(0o600);
    expect(keepSecret(home)).toBe(secret);
    expect(findSecret({}, home)).toBe(secret);
    expect(findSecret({ GATEWAY_TOKEN_SECRET: SECRET }, home)).toBe(SECRET);
  });

  test('that is missing or short is refused with what to do', () => {
    expect(() => findSecret({}, home)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => findSecret({ GATEWAY_TOKEN_SECRET: 'short' }, home)).toThrow('too short');
  });
});
