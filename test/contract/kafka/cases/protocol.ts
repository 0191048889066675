import { expect, test } from 'vitest';
import { Writer } from '../../../../libs/local-kafka/src/protocol/writer.js';
import type { Context } from '../context.js';

const UNSUPPORTED_VERSION = 35;
const API_VERSIONS = 18;

export function protocolCases(context: () => Context): void {
  const clientSoftware = () => new Writer().compactString('contract-suite').compactString('1').noTags();

  test('ApiVersions 3, in the flexible form, lists every request that kafkajs and librdkafka need', async () => {
    const answer = await context().raw.request(API_VERSIONS, 3, clientSoftware(), true);
    expect(answer.int16()).toBe(0);
    const count = answer.unsignedVarint() - 1;
    const apis = Array.from({ length: count }, () => {
      const api = { key: answer.int16(), minVersion: answer.int16(), maxVersion: answer.int16() };
      answer.skipTags();
      return api;
    });
    const keys = apis.map(({ key }) => key);
    for (const key of [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 32, 33, 37, 42]) {
      expect(keys).toContain(key);
    }
    for (const { minVersion, maxVersion } of apis) expect(minVersion).toBeLessThanOrEqual(maxVersion);
  });

  test('an ApiVersions version from the future is UNSUPPORTED_VERSION, in the form of version 0', async () => {
    const answer = await context().raw.request(API_VERSIONS, 99, clientSoftware(), true);
    expect(answer.int16()).toBe(UNSUPPORTED_VERSION);
    const apis = answer.array(() => [answer.int16(), answer.int16(), answer.int16()]);
    expect(apis.map(([key]) => key)).toContain(API_VERSIONS);
    expect(answer.remaining).toBe(0);
  });

  test('requests of one connection are answered in their order', async () => {
    const topic = await context().topic();
    const order: string[] = [];
    const slow = new Writer().int32(-1).int32(300).int32(1).int32(1_000).int8(0).int32(0).int32(-1);
    slow.int32(1).string(topic).int32(1).int32(0).int32(-1).int64(0).int64(-1).int32(1_000).int32(0).string('');
    await Promise.all([
      context()
        .raw.request(1, 11, slow)
        .then(() => order.push('fetch')),
      context()
        .raw.request(API_VERSIONS, 3, clientSoftware(), true)
        .then(() => order.push('apiVersions')),
    ]);
    expect(order).toEqual(['fetch', 'apiVersions']);
  });
}
