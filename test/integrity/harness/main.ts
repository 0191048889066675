import { Command, InvalidArgumentError, Option } from 'commander';
import { refuseAsUsage, runCommand } from '#libs/platform';
import { alerterCampaign, faultsOfAlerting } from './alerter-campaign.js';
import { faultsOfKills, killCampaign } from './kill-campaign.js';
import { faultsOfOutage, outageCampaign } from './outage-campaign.js';
import { OUTAGES, type Outage } from './outages.js';
import { SABOTAGES, type Sabotage } from './sabotage.js';

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('A whole number is needed.');
  return value;
};

interface Options {
  kills: number;
  seed: number;
  streams: number;
  simulated: number;
  throughGateway: number;
  sabotage?: Sabotage;
  outage?: Outage;
  alerter?: true;
  minutes: number;
}

const program = new Command('npm run test:integrity --')
  .description(
    `Runs the real services against the local Kafka and the local ClickHouse under load, kills them, and holds the store
against the oracle. Ends with one line of JSON, and with status 1 where anything is missing, extra or different.`,
  )
  .option('--kills <n>', 'how many are killed with SIGKILL, each in one of the planned ways', wholeNumber, 200)
  .option('--seed <n>', 'plan and load; printed first', wholeNumber, Date.now() % 1_000_000)
  .option('--streams <n>', 'awkward devices: gaps, repeats, overlaps, rubbish', wholeNumber, 48)
  .option('--simulated <n>', "devices of the simulator's fleet beside them", wholeNumber, 40)
  .option('--through-gateway <n>', 'devices that send through the gateway, beside them', wholeNumber, 8)
  .addOption(
    new Option('--sabotage <part>', 'takes one safeguard out; the run must then fail').choices(Object.keys(SABOTAGES)),
  )
  .addOption(new Option('--outage <name>', 'no kills, but this trouble for a while').choices(Object.keys(OUTAGES)))
  .option('--alerter', 'estimates and rules are the load, and what is compared are rates, episodes and alerts')
  .option('--minutes <n>', 'how long the outage lasts', Number, 2)
  .addHelpText(
    'after',
    `
Examples:
  npm run test:integrity                              the quick tests
  npm run test:integrity -- --kills 200
  npm run test:integrity -- --kills 200 --seed 7      the same plan again
  npm run test:integrity -- --kills 20 --sabotage no-low-watermark
  npm run test:integrity -- --alerter --kills 100
  npm run test:integrity -- --alerter --kills 20 --sabotage alerter-commit-early
  npm run test:integrity -- --outage clickhouse --minutes 10
  npm run test:integrity -- --outage broker --minutes 2`,
  );

await runCommand(async () => {
  const options = refuseAsUsage(program, 'npm run test:integrity -- --help').parse().opts<Options>();
  console.log(`seed ${options.seed}`);
  const startedAtMs = Date.now();
  const say = (line: string) => console.log(`${Math.round((Date.now() - startedAtMs) / 1_000)} s: ${line}`);
  const ended = await carriedOut(options, say);
  for (const fault of ended.faults) console.log(fault);
  console.log(JSON.stringify({ ...ended.figures, seed: options.seed, streams: options.streams + options.simulated }));
  if (ended.faults.length > 0) process.exitCode = 1;
});

interface Ended {
  faults: string[];
  figures: Record<string, unknown>;
}

function carriedOut(options: Options, say: (line: string) => void): Promise<Ended> {
  if (options.alerter) return alerting(options, say);
  return options.outage === undefined ? kills(options, say) : outage(options, options.outage, say);
}

async function alerting(options: Options, say: (line: string) => void): Promise<Ended> {
  const { seed, kills, streams: people, sabotage } = options;
  const result = await alerterCampaign({ seed, kills, people, say, ...(sabotage ? { sabotage } : {}) });
  const { examples, ownEnds, publishedUnequally, ...figures } = result;
  const counts = { ownEnds: ownEnds.length, publishedUnequally: publishedUnequally.length };
  return { faults: [...examples, ...faultsOfAlerting(result)], figures: { ...figures, ...counts } };
}

async function kills(options: Options, say: (line: string) => void): Promise<Ended> {
  const { examples, ...figures } = await killCampaign({ ...options, say });
  const { ownEnds, publishedUnequally, gatewaySessionsBroken } = figures;
  const counts = {
    ownEnds: ownEnds.length,
    publishedUnequally: publishedUnequally.length,
    gatewaySessionsBroken: gatewaySessionsBroken.length,
  };
  return { faults: [...examples, ...faultsOfKills({ examples, ...figures })], figures: { ...figures, ...counts } };
}

async function outage(options: Options, name: Outage, say: (line: string) => void): Promise<Ended> {
  const { examples, ...figures } = await outageCampaign({
    ...options,
    outages: [name],
    seconds: 60 * options.minutes,
    say,
  });
  return {
    faults: [...examples, ...faultsOfOutage({ examples, ...figures })],
    figures: { ...figures, ownEnds: figures.ownEnds.length },
  };
}
