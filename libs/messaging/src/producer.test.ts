import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf } from './producer.js';
import { partitionerFor } from './topics.js';

test('sends are bounded in bytes, and lose and reorder nothing within a topic', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(2_000))), (drawn) => {
      const records = drawn.map(([topic, size], index) => ({ topic, key: String(index), value: Buffer.alloc(size) }));
      const batches = [...batchesOf(records, 4_000)];
      for (const batch of batches) {
        const bytes = [...batch.values()].flat().reduce((sum, { value }) => sum + (value as Buffer).length, 0);
        expect(bytes).toBeLessThanOrEqual(4_000);
      }
      for (const topic of ['a', 'b']) {
        const sent = batches.flatMap((batch) => (batch.get(topic) ?? []).map(({ key }) => key));
        expect(sent).toEqual(records.filter((record) => record.topic === topic).map(({ key }) => key));
      }
    }),
  );
});

test("keys go where Kafka's murmur2 sends them", () => {
  // From the Java client: Utils.toPositive(Utils.murmur2(key)) % 8.
  expect(['21', 'foobar', 'a-little-bit-long-string'].map((key) => partitionerFor(1_000)(Buffer.from(key)))).toEqual(
    [-973932308, -790332482, -985981536].map((hash) => (hash & 0x7fffffff) % 1_000),
  );
});
