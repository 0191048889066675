import { Command } from 'commander';
import { describeLetter, lineOf, meaningOf } from './describe-letter.js';
import { type FoundLetter, LetterLog } from './letter-log.js';

const EXAMPLES = `
Examples:
  npm run dead-letters -- list
  npm run dead-letters -- list --topic eupnea.audio.chunks --code UNKNOWN_SCHEMA
  npm run --silent dead-letters -- list --json | jq -r 'select(.code) | .key' | sort | uniq -c

Says of each dead letter where the record stood, when, why it was set aside and whether it was sent again; never what is
in it. With --json each line is one letter, and the last line counts them. docs/dead-letters.md says what to do.`;

interface Options {
  topic?: string;
  code?: string;
  json?: boolean;
}

interface Count {
  letters: number;
  redriven: number;
}

export function listCommand(): Command {
  return new Command('list')
    .description('Lists dead letters with their reasons.')
    .option('--topic <topic>', 'only those of this topic (its own name, without .dead)')
    .option('--code <code>', 'only those with this error code')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ topic, code, json }: Options): Promise<void> {
  const log = await LetterLog.open(topic);
  const wasRedriven = await log.wasRedriven();
  const counts = new Map<string, Count>();
  const show = async (letter: FoundLetter) => {
    const redriven = await wasRedriven(letter);
    const line = describeLetter(letter, redriven);
    const known = counts.get(letter.code) ?? { letters: 0, redriven: 0 };
    counts.set(letter.code, { letters: known.letters + 1, redriven: known.redriven + (redriven ? 1 : 0) });
    console.log(json ? JSON.stringify(line) : lineOf(line));
  };
  await log.read(async (letters) => {
    for (const letter of letters) if (code === undefined || letter.code === code) await show(letter);
  });
  const byCode = Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b)));
  if (json)
    console.log(JSON.stringify({ letters: total(counts, 'letters'), redriven: total(counts, 'redriven'), byCode }));
  else printCounts(byCode);
}

const total = (counts: Map<string, Count>, what: keyof Count): number =>
  [...counts.values()].reduce((sum, count) => sum + count[what], 0);

function printCounts(byCode: Record<string, Count>): void {
  if (Object.keys(byCode).length === 0) console.log('No dead letters.');
  for (const [code, { letters, redriven }] of Object.entries(byCode)) {
    console.log(
      `${String(letters).padStart(7)}  ${code}: ${meaningOf(code)}${redriven > 0 ? ` (${redriven} redriven)` : ''}`,
    );
  }
}
