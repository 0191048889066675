import { expect, test } from 'vitest';
import { EupneaError } from '#libs/contracts';
import { parseYaml } from './yaml-source.js';

const refuse = (faults: readonly string[]) => new EupneaError('RULES_INVALID', faults.join('\n'));
const parse = (text: string) => parseYaml(text, 'ward.yaml', refuse);

test('anchors and aliases are read', () => {
  expect(parse('a: &x [1]\nb: *x\n').value).toEqual({ a: [1], b: [1] });
});

test.each([
  ['of an alias that leads nowhere', "rules:\n  - subject: ['anna', *night]\n", /^ward\.yaml:2: .*: night$/],
  ['of aliases that unpack without end', bomb(), /^ward\.yaml:1: Excessive alias count/],
])('the line %s is named', (_, text, message) => {
  const fault = (() => {
    try {
      return parse(text);
    } catch (error) {
      return error;
    }
  })();
  expect(fault).toBeInstanceOf(EupneaError);
  expect((fault as EupneaError).message).toMatch(message);
});

function bomb(): string {
  const levels = ['b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const ofLevel = (name: string, index: number) =>
    `${name}: &${name} [${Array<string>(9)
      .fill(`*${levels[index - 1] ?? 'a'}`)
      .join(', ')}]`;
  return ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]', ...levels.map(ofLevel)].join('\n');
}
