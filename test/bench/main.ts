import { EupneaError } from '#libs/contracts';
import { refuseAsUsage, runCommand } from '#libs/platform';
import { Command } from 'commander';

/** Runs one benchmark, which prints what it measures; the figures become its last line, as JSON. */
export type Benchmark = () => Promise<Record<string, unknown>>;

/** One file each; a benchmark's file exports its `Benchmark` as `run`. */
const BENCHMARKS: Record<string, { does: string; load: () => Promise<{ run: Benchmark }> }> = {
  mfb: { does: 'mel filterbank and front end of one 5 s window', load: () => import('./mfb.js') },
  inference: { does: 'the network on one 5 s window, in batches of 1 and 64', load: () => import('./inference.js') },
  rules: { does: 'alert rules on one core: one rule, and 100 rules x 10,000 people', load: () => import('./rules.js') },
  alerts: {
    does: 'what heavy-breathing rules miss, and their false alerts in 1,000 simulated person-weeks (minutes)',
    load: () => import('./alerts/alerts.js'),
  },
  pipeline: {
    does: 'the estimator: chunks/s of a preloaded topic, latency at 100 and 300 live streams (2 minutes)',
    load: () => import('./pipeline.js'),
  },
  gateway: {
    does: 'the edge: chunks/s of 50 busy sessions beside a bare ws server, and what 2000 idle sessions cost (2 minutes)',
    load: () => import('./gateway.js'),
  },
};

const list = Object.entries(BENCHMARKS).map(([name, { does }]) => `  ${name.padEnd(10)} ${does}`);

await runCommand(async () => {
  const program = new Command('npm run bench --')
    .description('Measures parts: medians of five rounds with their spread. Each ends with one line of JSON.')
    .argument('[names...]', `what to measure (default: everything):\n${list.join('\n')}`)
    .addHelpText('after', '\nExamples:\n  npm run bench -- mfb\n  npm run bench -- inference | tail -1');
  await refuseAsUsage(program, 'npm run bench -- --help').parseAsync();
  const names = program.args.length > 0 ? program.args : Object.keys(BENCHMARKS);
  const unknown = names.find((name) => !(name in BENCHMARKS));
  if (unknown !== undefined) {
    throw new EupneaError('USAGE', `there is no benchmark '${unknown}'`, { hint: `There are:\n${list.join('\n')}` });
  }
  for (const name of names) {
    const { run } = await (BENCHMARKS[name] as { load: () => Promise<{ run: Benchmark }> }).load();
    console.log(JSON.stringify({ benchmark: name, ...(await run()) }));
  }
});
