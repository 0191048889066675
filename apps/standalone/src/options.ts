import { refuseAsUsage } from '#libs/platform';
import { Command, InvalidArgumentError } from 'commander';

export interface StandaloneOptions {
  /** Simulated headphones; undefined with --no-fleet. */
  fleet: number | undefined;
  speed: number;
  /** How long the run lasts once everything is ready; undefined until Ctrl-C. */
  forMs: number | undefined;
}

const DEFAULT_FLEET = 8;
const LARGEST_FLEET = 2_000;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

const EXAMPLES = `
Examples:
  npm start                                    local Kafka, ClickHouse, services and ${DEFAULT_FLEET} simulated headphones
  npm start -- --fleet 20 --speed 2            20 headphones, twice as fast as real time
  npm start -- --no-fleet                      without a fleet; then, elsewhere: npm run replay -- breath.wav --subject me
  npm start -- --for 60s                       stops by itself a minute after everything is ready
  API_PORT=8080 KAFKA_PORT=19092 npm start     on other ports (also CLICKHOUSE_PORT, GATEWAY_PORT, ESTIMATOR_PORT, RECORDER_PORT, ALERTER_PORT, NOTIFIER_PORT)
  NOTIFIER_CONFIG=receivers.yaml npm start     tells receivers of alerts (docs/alerting.md, Delivery)

The data lies in .eupnea/ (EUPNEA_HOME moves it) and is found again by the next run; logs are in .eupnea/logs/.`;

/** @throws EupneaError USAGE */
export function parseOptions(argv: string[]): StandaloneOptions {
  const command = new Command('npm start --')
    .description('Runs all of Eupnea on this machine: local Kafka and ClickHouse, the services, a simulated fleet.')
    .option('--fleet <n>', 'number of simulated headphones', fleetSize, DEFAULT_FLEET)
    .option('--no-fleet', 'start no simulated headphones')
    .option('--speed <n>', 'speed of the fleet; 1 is real time', speed, 1)
    .option('--for <duration>', 'stop after so long, such as 60s, 5m or 1h', duration)
    .addHelpText('after', EXAMPLES);
  refuseAsUsage(command, 'npm start -- --help');
  const parsed = command.parse(argv, { from: 'user' }).opts<{ fleet: number | boolean; speed: number; for?: number }>();
  const fleet = parsed.fleet === true ? DEFAULT_FLEET : parsed.fleet;
  return { fleet: fleet === false || fleet === 0 ? undefined : fleet, speed: parsed.speed, forMs: parsed.for };
}

function fleetSize(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > LARGEST_FLEET) {
    throw new InvalidArgumentError(`A whole number from 0 to ${LARGEST_FLEET} is needed.`);
  }
  return value;
}

function speed(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > 1_000) throw new InvalidArgumentError('A number above 0, up to 1000, is needed.');
  return value;
}

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  const value = Number(match?.[1]) * UNIT_MS[(match?.[2] ?? 's') as keyof typeof UNIT_MS];
  if (!(value > 0)) throw new InvalidArgumentError('A duration such as 60s, 5m or 1h is needed.');
  return value;
}
