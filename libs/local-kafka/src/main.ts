import { Command, InvalidArgumentError, Option } from 'commander';
import { createLogger, exitOnFatal, portOption, refuseAsUsage, runCommand } from '#libs/platform';
import { startLocalKafka } from './local-kafka.js';

function partitionCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number from 1 is needed.');
  return value;
}

const program = new Command('npm run local-kafka --')
  .description('A single-node broker that speaks the Kafka protocol, for laptops, tests and the edge.')
  .option('--port <port>', 'TCP port; 0 picks a free one', portOption, 9092)
  .option('--data <folder>', 'where everything is kept; one broker per folder', '.eupnea/kafka')
  .option('--host <address>', 'address to listen on, and to tell to clients', '127.0.0.1')
  .option('--partitions <count>', 'partitions of a topic that is made without saying how many', partitionCount, 1)
  .addOption(
    new Option('--log-level <level>', 'how much it says').choices(['debug', 'info', 'warn', 'error']).default('info'),
  )
  .addHelpText(
    'after',
    `
Examples:
  $ npm run local-kafka -- --port 9092 --data .eupnea/kafka
  $ kcat -b 127.0.0.1:9092 -L`,
  );

await runCommand(async () => {
  const options = refuseAsUsage(program, 'npm run local-kafka -- --help')
    .parse()
    .opts<{ port: number; data: string; host: string; partitions: number; logLevel: string }>();
  const logger = createLogger('local-kafka', options.logLevel);
  exitOnFatal(logger);
  const broker = await startLocalKafka({ ...options, dataFolder: options.data, logger });
  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping');
    void broker.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
