import { Command } from 'commander';
import { expect, test } from 'vitest';
import { portOption, refuseAsUsage } from './command-line.js';

const program = () =>
  refuseAsUsage(
    new Command('p').addCommand(new Command('send').argument('<file>').option('--port <n>', 'x', portOption)),
    'p --help',
  );

test.each([
  ['an unknown option', ['send', 'f', '--loud'], "unknown option '--loud'"],
  ['a missing argument', ['send'], "missing required argument 'file'"],
  ['an argument too many', ['send', 'f', 'g'], "too many arguments for 'send'. Expected 1 argument but got 2."],
  ['a value that cannot be used', ['send', 'f', '--port', '65536'], /argument '65536' is invalid. A port from 0/],
  ['no command where one is needed', [], 'say send'],
])('%s is USAGE, with the way to the options', (_, argv, message) => {
  expect(() => program().parse(argv, { from: 'user' })).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      hint: 'p --help shows the options.',
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    }),
  );
});
