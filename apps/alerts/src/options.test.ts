import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { labelOption, several, textOption } from './options.js';

test('patterns add up', () => {
  expect(several('heavy-*', ['fast'])).toEqual(['fast', 'heavy-*']);
  expect(labelOption('team=care=a', { ward: '7' })).toEqual({ ward: '7', team: 'care=a' });
});

test.each([() => several(''), () => several(' ', ['anna']), () => labelOption('team='), () => textOption('')])(
  'one that is empty would silence nothing, and is refused: %s',
  (parse) => expect(parse).toThrow(InvalidArgumentError),
);
