import { runCommand, refuseAsUsage } from '#libs/platform';
import { Command } from 'commander';
import { applyRules } from './commands/apply.js';
import { checkRules } from './commands/check.js';
import { printSchema } from './commands/schema.js';
import { showRules } from './commands/show.js';
import { testRules } from './commands/test.js';

await runCommand(async () => {
  const program = new Command('npm run rules --').description(
    'Checks alert rules, runs their tests, and puts them in force. docs/alerting.md explains the language.',
  );
  program
    .command('check')
    .description('reads rule files as one set, and names file, line and reason of every fault')
    .argument('[files...]', 'rule files, or folders of them (default: rules)')
    .addHelpText('after', '\nExamples:\n  npm run rules -- check\n  npm run rules -- check ward.yaml night.yaml')
    .action((files: string[]) => checkRules(files));
  program
    .command('test')
    .description('runs tests of rules: series of breathing, and the alerts that must come of them')
    .argument('[files...]', 'test files, or folders of them (default: rules/tests)')
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
  program
    .command('apply')
    .description('checks a folder of rule files as one set, and puts it in force; refused, it changes nothing')
    .argument('[folder]', 'folder of *.yaml (default: rules)')
    .option('--author <name>', 'who wants it so (default: your user name)')
    .addHelpText(
      'after',
      '\nKAFKA_BROKERS says where. Ends with one line of JSON.\n\nExamples:\n  npm run rules -- apply\n  npm run rules -- apply ward --author "night shift"',
    )
    .action((folder: string | undefined, options: { author?: string }) => applyRules(folder, options));
  program
    .command('show')
    .description('prints the rules that are to be in force, with their version and author')
    .addHelpText('after', '\nExample:\n  npm run rules -- show')
    .action(() => showRules());
  await refuseAsUsage(program, 'npm run rules -- --help').parseAsync();
});
