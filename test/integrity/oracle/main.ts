import { Command } from 'commander';
import { z } from 'zod';
import { kafkaSettings, loadConfig, refuseAsUsage, runCommand } from '#libs/platform';
import { bucketsOf } from './buckets.js';
import { patientKafka } from './patient-kafka.js';
import { expectedFrom, isRight, verify } from './verify.js';

const program = new Command('npm run oracle --')
  .description(
    `Works out, offline and from the audio topic alone, the set of estimates that it must give, and compares a store with
it: every row, every value, every 15-minute bucket, every dead letter. The services must have caught up, and the topic
must still hold all that they have read. Ends with one line of JSON, and with status 1 where something differs.`,
  )
  .option('--brokers <list>', 'Kafka (default: KAFKA_BROKERS, or localhost:9092)')
  .option('--store <url>', 'ClickHouse to compare; without it, only what must be there is counted')
  .option('--model <folder>', 'model bundle that the estimator ran', 'models/default')
  .addHelpText(
    'after',
    `
Examples:
  npm run oracle -- --brokers localhost:9092
  npm run oracle -- --brokers localhost:9092 --store http://localhost:8123 | tail -1`,
  );

await runCommand(async () => {
  const options = refuseAsUsage(program, 'npm run oracle -- --help')
    .parse()
    .opts<{ brokers?: string; store?: string; model: string }>();
  const { KAFKA_BROKERS } = loadConfig(z.object(kafkaSettings), {
    ...process.env,
    ...(options.brokers === undefined ? {} : { KAFKA_BROKERS: options.brokers }),
  });
  const kafka = patientKafka(KAFKA_BROKERS);
  const expected = await expectedFrom(kafka, options.model);
  if (options.store === undefined) {
    const { estimates, deadLetters, chunks, dropped, modelVersion } = expected;
    const [windows, buckets] = [estimates.length, bucketsOf(estimates).length];
    console.log(
      JSON.stringify({ chunks, estimates: windows, buckets, deadLetters: deadLetters.size, dropped, modelVersion }),
    );
    return;
  }
  const { examples, ...verdict } = await verify(kafka, options.store, expected);
  for (const example of examples) console.log(example);
  console.log(JSON.stringify(verdict));
  if (examples.length > 0 || !isRight({ examples, ...verdict })) process.exitCode = 1;
});
