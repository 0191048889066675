import { expect, test } from 'vitest';
import { derivedId } from './derived-id.js';

test('a derived id is a UUIDv5, the same for the same parts, and another for parts that were cut elsewhere', () => {
  expect(derivedId('alert', 'anna', 1)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(derivedId('alert', 'anna', 1)).toBe(derivedId('alert', 'anna', '1'));
  const ids = [
    derivedId('a', 'bc'),
    derivedId('ab', 'c'),
    derivedId('abc'),
    derivedId('', 'abc'),
    derivedId('1:a', 'bc'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

// Ids are in the log for ever: whoever changes how they are derived must notice.
test('derived ids stay what they are', () => {
  // Python: uuid.uuid5(namespace, '5:alert4:anna1:1')
  expect(derivedId('alert', 'anna', 1)).toBe('9d23cb05-c0fa-5707-9fce-68f7b37595b2');
});
