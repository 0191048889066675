/** Runs alert rules over the estimates in the store, and says what they would have told. */
import { writeFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { EupneaError } from '#libs/contracts';
import {
  clickhouseSettings,
  fromWhereTheUserIs,
  loadConfig,
  refuseAsUsage,
  runCommand,
  timeOption,
} from '#libs/platform';
import { renderSvg } from '#libs/plots';
import { Store } from '#libs/store';
import { z } from 'zod';
import type { AlertSpan } from './alert-spans.js';
import { type Backtest, backtest } from './backtest.js';
import { tableOf, warningsOf } from './print-report.js';
import { timeline } from './timeline.js';

interface Options {
  rules: string;
  against?: string;
  from: number;
  to: number;
  subject: string[];
  json?: boolean;
  picture?: string;
}

function svgFile(path: string): string {
  if (path.endsWith('.svg')) return path;
  throw new InvalidArgumentError('The picture is an SVG: its name ends in .svg.');
}

const program = new Command('npm run backtest --')
  .description('Runs alert rules over the estimates in the store, and says what they would have told.')
  .option('--rules <path>', 'a rule file, or a folder of them', 'rules')
  .option('--against <path>', 'another version of the rules: shows on which alerts the two disagree')
  .requiredOption('--from <time>', 'first window start, with its zone', timeOption)
  .requiredOption('--to <time>', 'end of the range; not included', timeOption)
  .option('--subject <id>', 'only this person; may stand several times', (id, ids: string[]) => [...ids, id], [])
  .option('--json', 'everything as one line of JSON')
  .option('--picture <file.svg>', 'when each rule would have told about whom', svgFile)
  .addHelpText(
    'after',
    `
In the table: alerts; alerts per week of received sound; minutes in all; median minutes; median minutes until told; and
how many alerts more there would be without \`for\`, hysteresis, coverage and gap handling.

Examples:
  npm run backtest -- --from 2026-11-01T00:00Z --to 2026-11-08T00:00Z
  npm run backtest -- --rules rules/ --against ward/new-rules.yaml --from 2026-11-01T00:00Z --to 2026-11-08T00:00Z
  npm run backtest -- --from 2026-11-01T00:00Z --to 2026-11-08T00:00Z --subject anna --picture anna.svg`,
  );

await runCommand(async () => {
  const options = refuseAsUsage(program, 'npm run backtest -- --help').parse().opts<Options>();
  const { from: fromMs, to: toMs, subject: subjects } = options;
  if (toMs <= fromMs) throw new EupneaError('USAGE', '--to is not behind --from');
  const settings = loadConfig(z.object({ ...clickhouseSettings }));
  const store = new Store({
    url: settings.CLICKHOUSE_URL,
    user: settings.CLICKHOUSE_USER,
    password: settings.CLICKHOUSE_PASSWORD,
    database: settings.CLICKHOUSE_DATABASE,
  });
  const bar = new SingleBar({ format: 'people [{bar}] {value}/{total}, {eta_formatted} left', stream: process.stderr });
  try {
    const result = await backtest(store, {
      rules: fromWhereTheUserIs(options.rules),
      ...(options.against ? { against: fromWhereTheUserIs(options.against) } : {}),
      fromMs,
      toMs,
      subjects,
      onProgress: (done, total) => {
        if (!process.stderr.isTTY) return;
        if (!bar.isActive) bar.start(total, 0);
        bar.update(done);
      },
    });
    bar.stop();
    if (options.picture) {
      writeFileSync(fromWhereTheUserIs(options.picture), await renderSvg(timeline(result.spans, fromMs, toMs)));
    }
    if (options.json) console.log(JSON.stringify(result));
    else print(result);
  } finally {
    bar.stop();
    await store.close();
  }
});

function print({ people, windows, personWeeks, rules, disagreement }: Backtest): void {
  console.log(tableOf(rules));
  console.log(`\n${windows} windows of ${people} people, ${personWeeks} person-weeks of sound`);
  if (disagreement) {
    printSpans('only with --rules', disagreement.onlyHere);
    printSpans('only with --against', disagreement.onlyThere);
  }
  for (const warning of warningsOf(rules)) console.warn(`warning: ${warning}`);
}

function printSpans(title: string, spans: readonly AlertSpan[]): void {
  console.log(`\n${title}: ${spans.length}`);
  for (const { ruleId, subjectId, toldAtMs, endedAtMs } of spans) {
    console.log(
      `  ${new Date(toldAtMs).toISOString()} to ${new Date(endedAtMs).toISOString()}  ${subjectId}  ${ruleId}`,
    );
  }
}
