import { refuseAsUsage, runCommand, timeOption } from '#libs/platform';
import { Command } from 'commander';
import { acknowledge } from './commands/acknowledge.js';
import { type SilenceOptions, silence } from './commands/silence.js';
import { silences } from './commands/silences.js';
import { unsilence } from './commands/unsilence.js';
import { durationOption, idArgument, labelOption, several, severityOption, textOption } from './options.js';

const WHERE = '\nKAFKA_BROKERS says where. Ends with one line of JSON.\n\nExamples:\n';
const AUTHOR = ['--author <name>', 'who wants it so (default: your user name)'] as const;

await runCommand(async () => {
  const program = new Command('npm run alerts --').description(
    'Silences alerts for a while, and acknowledges them. docs/alerting.md says what that means.',
  );
  program
    .command('silence')
    .description('tells nobody of alerts that fit all that is named, until it ends; * stands for anything')
    .option('--subject <pattern>', 'of this person; may be repeated: one of them', several)
    .option('--rule <pattern>', 'of this rule; may be repeated: one of them', several)
    .option('--severity <severity>', 'of this severity; may be repeated: one of them', severityOption)
    .option('--label <name=pattern>', 'with this label; may be repeated: all of them', labelOption)
    .requiredOption('--reason <text>', 'why', textOption)
    .option('--for <duration>', 'so long from its start, such as 90s, 30m, 2h or 1d', durationOption)
    .option('--until <time>', 'until then, such as 2026-11-20T07:00Z', timeOption)
    .option('--from <time>', 'from then on; not before now (default: now)', timeOption)
    .option(...AUTHOR)
    .addHelpText(
      'after',
      `${WHERE}  npm run alerts -- silence --subject anna --for 1h --reason physiotherapy\n  npm run alerts -- silence --rule 'heavy-*' --label team=care --until 2026-11-20T07:00Z --reason "night shift"`,
    )
    .action((options: SilenceOptions) => silence(options));
  program
    .command('unsilence')
    .description('ends a silence now; what it covered stays untold')
    .argument('<id>', 'of the silence', idArgument)
    .option(...AUTHOR)
    .addHelpText('after', `${WHERE}  npm run alerts -- unsilence 2f6d1c9e-5b1a-4c2f-9d7e-0a1b2c3d4e5f`)
    .action((id: string, options: { author?: string }) => unsilence(id, options));
  program
    .command('silences')
    .description('lists the silences that have not ended')
    .option('--all', 'also those that have')
    .addHelpText('after', `${WHERE}  npm run alerts -- silences\n  npm run alerts -- silences --all`)
    .action((options: { all?: boolean }) => silences(options));
  program
    .command('acknowledge')
    .description(
      'says that you take care of an alert: it is not told again, but its end is; whether there is such an alert is not looked up',
    )
    .argument('<alertId>', 'of the alert', idArgument)
    .option('--note <text>', 'what others should know')
    .option(...AUTHOR)
    .addHelpText(
      'after',
      `${WHERE}  npm run alerts -- acknowledge 2f6d1c9e-5b1a-5c2f-9d7e-0a1b2c3d4e5f --note "called her"`,
    )
    .action((alertId: string, options: { author?: string; note?: string }) => acknowledge(alertId, options));
  await refuseAsUsage(program, 'npm run alerts -- --help').parseAsync();
});
