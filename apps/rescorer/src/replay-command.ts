import { EupneaError } from '#libs/contracts';
import { createLogger, fromWhereTheUserIs, loadConfig, stopSignal } from '#libs/platform';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { quarterOfHour, rangeOf, timeText } from './arguments.js';
import { openStore } from './open-store.js';
import type { PartitionProgress } from './range-log.js';
import { rescore } from './rescore.js';
import { settingsSchema } from './settings.js';

const EXAMPLES = `
Examples:
  npm run rescore -- --model models/new --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z
  npm run rescore -- --model models/new --from 2026-11-20T00:00Z --to 2026-11-20T12:00Z --switch

What is replayed stays beside the old results, unseen, until the switch. Stopped (Ctrl-C, or worse), the same command
goes on where it stopped; run again when all is done, it adds what came late, or nothing. The last line is JSON.`;

interface Options {
  model: string;
  from: number;
  to: number;
  switch?: true;
  again?: true;
}

export function replayCommand(): Command {
  return new Command('replay')
    .usage('-- [options]')
    .description('Replays a time range of the audio log through a model, into the store.')
    .requiredOption('--model <folder>', 'the model bundle to replay through')
    .requiredOption('--from <time>', 'first quarter of an hour whose windows are replayed', quarterOfHour)
    .requiredOption('--to <time>', 'the one behind the last', quarterOfHour)
    .option('--switch', 'switches readers over when all is done')
    .option('--again', 'replays everything anew, whatever was done before')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const range = rangeOf(options);
  if (range.toMs > Date.now()) {
    throw new EupneaError('USAGE', `--to ${timeText(range.toMs)} lies in the future: its windows are not there yet`, {
      hint: 'The live model goes on behind the range; end it with a quarter of an hour that is over.',
    });
  }
  const settings = loadConfig(settingsSchema);
  const logger = createLogger('rescorer', settings.LOG_LEVEL);
  const signal = stopSignal();
  const store = openStore(settings);
  const bar = new SingleBar({
    format: 'rescore {bar} {percentage} %  {value}/{total} records  {eta_formatted} left',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  const show = (progress: readonly PartitionProgress[]) => {
    const { done, total } = totals(progress);
    if (bar.isActive) bar.update(done);
    else bar.start(total, done);
  };
  try {
    const model = fromWhereTheUserIs(options.model);
    const summary = await rescore(
      { model, range, again: options.again === true },
      settings,
      store,
      logger,
      signal,
      show,
    );
    bar.stop();
    const isSwitched = options.switch === true && summary.finished;
    if (isSwitched) await store.switchReaders({ modelVersion: summary.modelVersion, ...range });
    console.log(JSON.stringify({ ...summary, switched: isSwitched }));
    if (!summary.finished) process.exitCode = 1;
  } finally {
    bar.stop();
    await store.close();
  }
}

/** Records of all partitions; what the live path appended meanwhile does not count. */
function totals(progress: readonly PartitionProgress[]): { done: number; total: number } {
  const sum = (of: (partition: PartitionProgress) => bigint) =>
    Number(progress.reduce((total, partition) => total + of(partition), 0n));
  return {
    done: sum(({ start, end, done }) => (done < start ? 0n : (done < end ? done : end) - start)),
    total: sum(({ start, end }) => end - start),
  };
}
