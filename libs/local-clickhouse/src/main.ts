import { join } from 'node:path';
import { Command } from 'commander';
import { portOption, refuseAsUsage, runCommand } from '#libs/platform';
import { startLocalClickhouse } from './index.js';

const EXAMPLES = `
Examples:
  npm run local-clickhouse
  npm run local-clickhouse -- --port 18123 --data /tmp/clickhouse
  curl 'http://localhost:8123/?query=SELECT+version()'`;

const program = new Command('npm run local-clickhouse --')
  .description("ClickHouse's HTTP interface over the embedded engine, for laptops, tests and the edge.")
  .option('-p, --port <port>', 'TCP port; 0 takes a free one', portOption, 8123)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('-d, --data <folder>', 'where the data live', join(process.env['EUPNEA_HOME'] ?? '.eupnea', 'clickhouse'))
  .addHelpText('after', EXAMPLES);

await runCommand(async () => {
  refuseAsUsage(program, 'npm run local-clickhouse -- --help').parse();
  const { port, host, data } = program.opts<{ port: number; host: string; data: string }>();
  const server = await startLocalClickhouse({ port, host, dataFolder: data });
  console.log(`local-clickhouse: listening on ${server.url}, data in ${data}`);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void server.stop().then((drained) => {
        // exit() would wait for the engine, and with it for the statement that still runs and was never answered.
        if (!drained) process.kill(process.pid, 'SIGKILL');
        process.exit(0);
      });
    });
  }
});
