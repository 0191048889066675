import { ERROR_CODES, EupneaError } from '#libs/contracts';
import { LogProducer, type OutgoingRecord, protocolType } from '#libs/messaging';
import { Command } from 'commander';
import { type FoundLetter, LetterLog } from './letter-log.js';

const EXAMPLES = `
Examples:
  npm run dead-letters -- redrive --code UNKNOWN_SCHEMA --dry-run
  npm run dead-letters -- redrive --code UNKNOWN_SCHEMA
  npm run dead-letters -- redrive --code WRONG_PARTITION --topic eupnea.audio.chunks

Appends the records of these dead letters to the topic from which they came, with their own bytes, key and headers, in
their order, to the partition of their key. Mend the cause first: what is refused again becomes a dead letter again. What
was sent again is remembered (by a consumer group of the code's own) and not sent twice; what a crash repeats does no
harm, since readers drop or replace repeats. The last line is JSON.`;

interface Options {
  code: string;
  topic?: string;
  dryRun?: boolean;
}

export function redriveCommand(): Command {
  return new Command('redrive')
    .description('Sends dead letters again once their cause is mended.')
    .requiredOption('--code <code>', 'those with this error code')
    .option('--topic <topic>', 'only those of this topic (its own name, without .dead)')
    .option('--dry-run', 'only count them')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ code, topic, dryRun = false }: Options): Promise<void> {
  if (!(code in ERROR_CODES)) {
    throw new EupneaError('USAGE', `${code} is no error code`, {
      hint: 'npm run dead-letters -- list names those there are.',
    });
  }
  const log = await LetterLog.open(topic);
  const counts = { redriven: 0, notWhole: 0, tooLarge: 0 };
  if (dryRun) {
    const wasRedriven = await log.wasRedriven();
    await log.read(async (letters) => {
      for (const letter of letters) {
        if (letter.code !== code || (await wasRedriven(letter))) continue;
        counts[letter.isWhole ? 'redriven' : 'notWhole'] += 1;
      }
    });
  } else {
    const producer = new LogProducer(log.kafka);
    await log.redrive(code, async (letters) => {
      const whole = letters.filter(({ isWhole }) => isWhole);
      const tooLarge = await append(producer, whole);
      counts.redriven += whole.length - tooLarge;
      counts.notWhole += letters.length - whole.length;
      counts.tooLarge += tooLarge;
    });
    await producer.disconnect();
  }
  console.log(JSON.stringify({ code, dryRun, ...counts }));
}

/**
 * In their order. A record may have come compressed and be larger than its topic takes uncompressed; it must not keep
 * the others.
 * @returns how many the broker refuses for their size
 */
async function append(producer: LogProducer, letters: FoundLetter[]): Promise<number> {
  const records: OutgoingRecord[] = letters.map(({ original }) => original);
  const isAppended = (some: OutgoingRecord[]) =>
    producer.append(some).then(
      () => true,
      (error: unknown) => {
        if (protocolType(error) === 'MESSAGE_TOO_LARGE') return false;
        throw error;
      },
    );
  if (await isAppended(records)) return 0;
  let tooLarge = 0;
  for (const record of records) if (!(await isAppended([record]))) tooLarge += 1;
  return tooLarge;
}
