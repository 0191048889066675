import { Command, InvalidArgumentError, Option } from 'commander';
import { createLogger, exitOnFatal, portOption, refuseAsUsage, runCommand } from '#libs/platform';
import { checkFolder } from './check-folder.js';
import { startLocalKafka } from './local-kafka.js';

function partitionCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number from 1 is needed.');
  return value;
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > 60_000) {
    throw new InvalidArgumentError('A whole number from 0 to 60000 is needed.');
  }
  return value;
}

const program = new Command('npm run local-kafka --')
  .description('A single-node broker that speaks the Kafka protocol, for laptops, tests and the edge.')
  .option('--port <port>', 'TCP port; 0 picks a free one', portOption, 9092)
  .option('--data <folder>', 'where everything is kept; one broker per folder', '.eupnea/kafka')
  .option('--host <address>', 'address to listen on, and to tell to clients', '127.0.0.1')
  .option('--partitions <count>', 'partitions of a topic that is made without saying how many', partitionCount, 1)
  .option(
    '--flush-ms <milliseconds>',
    'what a power failure may cost: how long records wait to be flushed to the disk; 0 flushes before every answer',
    milliseconds,
    1_000,
  )
  .option('--check', 'read everything in the folder, tell in a line of JSON what is damaged, and end')
  .addOption(
    new Option('--log-level <level>', 'how much it says').choices(['debug', 'info', 'warn', 'error']).default('info'),
  )
  .addHelpText(
    'after',
    `
Examples:
  $ npm run local-kafka -- --port 9092 --data .eupnea/kafka
  $ npm run local-kafka -- --flush-ms 0
  $ npm run local-kafka -- --check --data .eupnea/kafka
  $ kcat -b 127.0.0.1:9092 -L`,
  );

interface Flags {
  port: number;
  data: string;
  host: string;
  partitions: number;
  flushMs: number;
  check?: true;
  logLevel: string;
}

await runCommand(async () => {
  const options = refuseAsUsage(program, 'npm run local-kafka -- --help').parse().opts<Flags>();
  const logger = createLogger('local-kafka', options.logLevel);
  exitOnFatal(logger);
  if (options.check) {
    const report = checkFolder(options.data, logger);
    console.log(JSON.stringify(report));
    process.exitCode = report.damaged.length > 0 || report.damagedOffsetLines > 0 ? 1 : 0;
    return;
  }
  const broker = await startLocalKafka({ ...options, dataFolder: options.data, flushEveryMs: options.flushMs, logger });
  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping');
    void broker.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
