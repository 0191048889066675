import { TOPICS } from '#libs/contracts';
import { createLogger, fromWhereTheUserIs, loadConfig, stopSignal } from '#libs/platform';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { id, requireRecent, speed, timeZone } from './arguments.js';
import { type OutletOptions, directOption, openOutlet, outletSettings, tokenOption } from './outlet.js';
import { type ReplayOptions, replay, surveyRecordings } from './replay.js';
import { Timeline, pastSeconds } from './timeline.js';

const EXAMPLES = `
Examples:
  npm run replay -- breath.wav --subject me                     as if recorded now, in real time
  npm run replay -- recordings/ --subject me --speed 50         every file as a session of its own, one after the other
  npm run replay -- coswara/audio --subject-from-name --speed 100   cw02_deep.flac belongs to subject cw02, and so on

What is sent faster than real time begins in the past and ends about now. The last line is JSON.`;

type Options = ReplayOptions & OutletOptions & { speed: number };

export function replayCommand(): Command {
  return new Command('replay')
    .usage('-- [options] <file-or-folder>')
    .description('Sends recordings (WAV, FLAC, Ogg Opus) as a device would, each as a session of its own.')
    .argument('<file-or-folder>', 'a recording, or a folder of them')
    .addOption(new Option('--subject <id>', 'whose breath it is').argParser(id).conflicts('subjectFromName'))
    .option('--subject-from-name', "the subject is what the file's name begins with")
    .option('--device <id>', 'the device that sends', id, 'replay')
    .option('--speed <n>', '1 is real time', speed, 1)
    .addOption(
      new Option('--encoding <name>', 'how chunks are sent').choices(['pcm_s16le', 'flac']).default('pcm_s16le'),
    )
    .addOption(
      new Option('--rest-state <state>', 'what the person did, as declared')
        .choices(['unknown', 'rest', 'active'])
        .default('unknown'),
    )
    .option('--time-zone <name>', 'IANA time zone of the sessions', timeZone, 'UTC')
    .addOption(tokenOption())
    .addOption(directOption())
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: Options, command: Command) => {
      if (options.subject === undefined && options.subjectFromName !== true) {
        command.error('error: --subject ID or --subject-from-name is needed');
      }
      await run(fromWhereTheUserIs(path), options);
    });
}

async function run(path: string, options: Options): Promise<void> {
  const settings = loadConfig(outletSettings);
  const logger = createLogger('simulator', settings.LOG_LEVEL);
  const complain = (message: string) => console.error(message);
  const survey = surveyRecordings(path, complain);
  const past = pastSeconds(survey.seconds, options.speed);
  requireRecent(past);

  const bar = new SingleBar({ format: 'replay {bar} {value}/{total} s  {file}', hideCursor: true });
  const outlet = await openOutlet(options, settings, [TOPICS.audio], logger);
  const signal = stopSignal();
  bar.start(Math.round(survey.seconds), 0, { file: '' });
  const summary = await replay(survey, options, new Timeline(options.speed, past), outlet, signal, (seconds, file) =>
    bar.update(Math.round(seconds), { file }),
  );
  bar.stop();
  await outlet.close();
  console.log(JSON.stringify(summary));
  if (summary.failed > 0 || signal.aborted) process.exitCode = 1;
}
