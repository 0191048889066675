import { runCommand, refuseAsUsage } from '#libs/platform';
import { Command } from 'commander';
import { checkRules } from './commands/check.js';
import { printSchema } from './commands/schema.js';
import { testRules } from './commands/test.js';

await runCommand(async () => {
  const program = new Command('npm run rules --').description(
    'Checks alert rules and runs their tests. docs/alerting.md explains the language.',
  );
  program
    .command('check')
    .description('reads rule files as one set, and names file, line and reason of every fault')
    .argument('[files...]', 'rule files (default: rules/*.yaml)')
    .addHelpText('after', '\nExamples:\n  npm run rules -- check\n  npm run rules -- check ward.yaml night.yaml')
    .action((files: string[]) => checkRules(files));
  program
    .command('test')
    .description('runs tests of rules: series of breathing, and the alerts that must come of them')
    .argument('[files...]', 'test files (default: rules/tests/*.test.yaml)')
    .addHelpText(
      'after',
      '\nEnds with one line of JSON; exit status 1 when a test fails.\n\nExamples:\n  npm run rules -- test\n  npm run rules -- test my-rules.test.yaml',
    )
    .action((files: string[]) => testRules(files));
  program
    .command('schema')
    .description('prints the JSON Schema of a rule file')
    .addHelpText('after', '\nExample:\n  npm run rules -- schema > rules.schema.json')
    .action(() => printSchema());
  await refuseAsUsage(program, 'npm run rules -- --help').parseAsync();
});
