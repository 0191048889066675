/** npm run test:fuzz: throws mutated messages at the whole decoder path of the estimator. */
import { EupneaError } from '#libs/contracts';
import { refuseAsUsage, runCommand } from '#libs/platform';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { join } from 'node:path';
import { root } from '../support/stack.js';
import { EPISODE_MESSAGES } from './episode.js';
import { isFaulty } from './tally.js';
import { type Episode, watchedRun } from './watched-run.js';

/** A second is long; but a busy machine may give us no turn for many of them. */
const PATIENCE_MS = 60_000;
const EXAMPLES = `
Examples:
  npm run test:fuzz -- --messages 20000
  npm run test:fuzz -- --messages 1000000 --seed 7
  npm run test:fuzz -- --seed 7 --episode 123     the messages of one episode again, as a fault names it

Valid chunks of every encoding, and such with flipped bits, cut, spliced, with changed fields, and garbage, go through
framing, Avro, the checks, the decoders, the streams and the network, beside a device that sends nothing bad. Each must
be accepted, dropped or dead-lettered whole, and that device's windows must be those that it has alone. The last line is
JSON; the exit status is 1 when anything was not so.`;

interface Options {
  messages: number;
  seed: number;
  episode?: number;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 2 ** 31) return value;
  throw new InvalidArgumentError('A whole number is needed.');
}

function episodesOf({ messages, episode }: Options): Episode[] {
  if (episode !== undefined) return [{ episode, messages: EPISODE_MESSAGES }];
  return Array.from({ length: Math.ceil(messages / EPISODE_MESSAGES) }, (_, index) => ({
    episode: index,
    messages: Math.min(EPISODE_MESSAGES, messages - index * EPISODE_MESSAGES),
  }));
}

await runCommand(async () => {
  const program = new Command('npm run test:fuzz --')
    .description(
      'Throws mutated messages at the decoder path of the estimator: no crash, no hang, none unaccounted for.',
    )
    .option('--messages <n>', 'how many', wholeNumber, 20_000)
    .option('--seed <n>', 'another seed throws other messages', wholeNumber, 1)
    .option('--episode <n>', `only this episode of ${EPISODE_MESSAGES} messages`, wholeNumber)
    .addHelpText('after', EXAMPLES);
  await refuseAsUsage(program, 'npm run test:fuzz -- --help').parseAsync();
  const options = program.opts<Options>();
  const episodes = episodesOf(options);
  if (episodes.length === 0) throw new EupneaError('USAGE', 'there is nothing to throw');

  const bar = new SingleBar({ format: 'fuzz {bar} {value}/{total} messages, {eta_formatted} left', hideCursor: true });
  bar.start(
    episodes.reduce((sum, { messages }) => sum + messages, 0),
    0,
  );
  const startedAt = performance.now();
  const { seed } = options;
  const modelFolder = join(root, 'models/default');
  const onProgress = (messages: number) => bar.increment(messages);
  const { faults, ...tally } = await watchedRun({ seed, episodes, modelFolder, patienceMs: PATIENCE_MS, onProgress });
  bar.stop();
  for (const fault of faults) console.error(fault);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    JSON.stringify({
      ...tally,
      slowestMs: Math.round(tally.slowestMs),
      seed,
      seconds: Math.round(seconds),
      messagesPerSecond: Math.round(tally.messages / seconds),
      peakResidentMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
  if (isFaulty({ ...tally, faults })) process.exitCode = 1;
});
