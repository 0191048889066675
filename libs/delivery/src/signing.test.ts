import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type SignedRequest, sign, verifySignature } from './signing.js';

const AT = 1_764_000_000;
const BODY = '{"alert":"ä"}';
const signed: SignedRequest = {
  secret: 'a secret',
  body: BODY,
  timestamp: String(AT),
  signature: sign('a secret', AT, BODY),
  nowMs: AT * 1000,
};

describe('a signature', () => {
  test('is HMAC-SHA-256 over timestamp.body, as any other program computes it', () => {
    expect(signed.signature).toBe(`v1=${createHmac('sha256', 'a secret').update(`${AT}.${BODY}`).digest('hex')}`);
  });

  test('holds within five minutes of the clock on both sides, of text and of bytes', () => {
    for (const offset of [-300, 0, 300]) {
      expect(verifySignature({ ...signed, nowMs: (AT + offset) * 1000 })).toBeUndefined();
    }
    expect(verifySignature({ ...signed, body: Buffer.from(BODY) })).toBeUndefined();
  });

  test.each<[string, Partial<SignedRequest>, string]>([
    ['later', { nowMs: (AT + 301) * 1000 }, 'expired'],
    ['earlier', { nowMs: (AT - 301) * 1000 }, 'expired'],
    ['with another body', { body: '{"alert":"a"}' }, 'forged'],
    ['with another secret', { secret: 'another' }, 'forged'],
    ['with a timestamp that was moved', { timestamp: String(AT + 1) }, 'forged'],
    ['with a timestamp that only reads alike', { timestamp: `0${AT}` }, 'missing'],
    ['cut short', { signature: 'v1=' }, 'forged'],
    ['without its scheme', { signature: signed.signature?.slice(3) }, 'forged'],
    ['without a signature', { signature: undefined }, 'missing'],
    ['without a timestamp', { timestamp: undefined }, 'missing'],
    ['with a timestamp that is no number', { timestamp: 'NaN' }, 'missing'],
  ])('does not hold %s', (_, change, reason) => {
    expect(verifySignature({ ...signed, ...change })).toBe(reason);
  });
});
