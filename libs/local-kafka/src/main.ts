import { Command, InvalidArgumentError } from 'commander';
import { createLogger, exitOnFatal, runCommand } from '#libs/platform';
import { startLocalKafka } from './local-kafka.js';

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('A whole number is wanted.');
  return value;
}

const program = new Command('local-kafka')
  .description('A single-node broker that speaks the Kafka protocol, for laptops, tests and the edge.')
  .option('--port <port>', 'TCP port; 0 picks a free one', integer, 9092)
  .option('--data <folder>', 'where everything is kept; one broker per folder', '.eupnea/kafka')
  .option('--host <address>', 'address to listen on, and to tell to clients', '127.0.0.1')
  .option('--partitions <count>', 'partitions of a topic that is made without saying how many', integer, 1)
  .option('--log-level <level>', 'debug, info, warn or error', 'info')
  .addHelpText(
    'after',
    `
Examples:
  $ npm run local-kafka -- --port 9092 --data .eupnea/kafka
  $ kcat -b 127.0.0.1:9092 -L`,
  );

await runCommand(async () => {
  const options = program
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
