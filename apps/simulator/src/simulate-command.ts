import { TOPICS } from '#libs/contracts';
import { createLogger, loadConfig, stopSignal } from '#libs/platform';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { durationSeconds, fleetSize, requireRecent, seed, speed } from './arguments.js';
import { runFleet } from './fleet.js';
import { type OutletOptions, directOption, openOutlet, outletSettings } from './outlet.js';
import { Timeline } from './timeline.js';

const EXAMPLES = `
Examples:
  npm run simulate -- --fleet 20                        20 headphones in real time, until Ctrl-C
  npm run simulate -- --fleet 5 --for 60s --seed 7      one minute of five headphones
  npm run simulate -- --fleet 100 --speed 20 --for 3m   an hour of a hundred, sent in three minutes

What is sent faster than real time begins in the past and ends about now; without --for it goes on in real time once
it has caught up. What the simulated people truly did is sent to eupnea.simulator.truth. The sound
goes through the gateway (GATEWAY_URL), unless --direct says otherwise. The last line is JSON.`;

interface Options extends OutletOptions {
  fleet: number;
  speed: number;
  seed: number;
  for?: number;
}

/** A fleet without end that is faster than real time has caught up after this. */
const CATCH_UP_SECONDS = 600;

export function simulateCommand(): Command {
  return new Command('simulate')
    .usage('-- [options]')
    .description('Sends the sound of a simulated fleet of headphones.')
    .option('--fleet <n>', 'number of headphones', fleetSize, 8)
    .option('--speed <n>', '1 is real time', speed, 1)
    .option('--seed <n>', 'who they are and how they breathe', seed, 1)
    .option('--for <duration>', 'stop after so long, such as 60s, 5m or 1h', durationSeconds)
    .addOption(directOption())
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const past = (options.for ?? CATCH_UP_SECONDS) * Math.max(0, options.speed - 1);
  requireRecent(past);
  const settings = loadConfig(outletSettings);
  const logger = createLogger('simulator', settings.LOG_LEVEL);
  const outlet = await openOutlet(options, settings, [TOPICS.audio, TOPICS.simulatorTruth], logger);
  const signal = stopSignal();
  const timeline = new Timeline(options.speed, past);
  const endMs = options.for === undefined ? Infinity : timeline.startMs + options.for * options.speed * 1000;
  logger.info(
    { fleet: options.fleet, speed: options.speed, seed: options.seed },
    `${options.fleet} headphones breathe`,
  );

  const bar = new SingleBar({ format: 'simulate {bar} {value}/{total} s', hideCursor: true });
  if (options.for !== undefined) bar.start(Math.round((endMs - timeline.startMs) / 1000), 0);
  const progress = (timeMs: number) => bar.update(Math.round((timeMs - timeline.startMs) / 1000));
  const summary = await runFleet(options.fleet, options.seed, timeline, endMs, outlet, signal, progress);
  bar.stop();
  await outlet.close();
  console.log(JSON.stringify(summary));
}
