import { describe, expect, test } from 'vitest';
import { canonicalForm, fingerprint } from './fingerprint.js';

const asHex = (schema: unknown) => Buffer.from(fingerprint(schema)).reverse().toString('hex');

describe('CRC-64-AVRO', () => {
  // Values of the Avro project's own share/test/data/schema-tests.txt.
  test.each([
    ['null', '63dd24e7cc258f8a'],
    ['boolean', '9f42fc78a4d4f764'],
    ['int', '7275d51a3f395c8f'],
    ['long', 'd054e14493f41db7'],
    ['string', '8f014872634503c7'],
    ['bytes', '4fc016dac3201965'],
  ])('%s has the published fingerprint', (schema, hex) => {
    expect(asHex(schema)).toBe(hex);
  });

  test('a record loses docs, defaults, logical types and gains its full name', () => {
    const schema = {
      type: 'record',
      name: 'Foo',
      namespace: 'x.y',
      doc: 'gone',
      fields: [{ name: 'at', doc: 'gone', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 }],
    };
    expect(canonicalForm(schema)).toBe('{"name":"x.y.Foo","type":"record","fields":[{"name":"at","type":"long"}]}');
  });
});
