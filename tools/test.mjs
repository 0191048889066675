/**
 * node tools/test.mjs [KIND ...] [-- VITEST ARGUMENTS]: installs and builds what is missing, then runs the tests kind
 * by kind, names every skipped test with its reason, and ends with one line over all of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, fail, root } from './bootstrap.mjs';

const KINDS = ['unit', 'contract', 'e2e', 'integrity', 'browser'];

// The integrity tests, told more, become a campaign: npm run test:integrity -- --kills 200
const [first, ...options] = process.argv.slice(2);
if (first === 'integrity' && /^--\w/.test(options[0] ?? '')) await campaign(options);

async function campaign(campaignOptions) {
  bootstrap();
  const program = join(root, 'dist/test/integrity/harness/main.js');
  process.argv = [process.argv[0], program, ...campaignOptions];
  await import(pathToFileURL(program).href);
  process.exit();
}

const separator = process.argv.indexOf('--');
const named = process.argv.slice(2, separator < 0 ? undefined : separator);
const vitestArguments = separator < 0 ? [] : process.argv.slice(separator + 1);
if (named.includes('--help') || named.includes('-h')) {
  console.log(`Usage: npm test [-- KIND ...] [-- VITEST ARGUMENTS]

Installs and builds what is missing, runs every test that this machine can run, and names what it skipped and why.
Kinds: ${KINDS.join(', ')}; without one, all of them. npm run test:unit and alike run one kind.

Examples:
  npm test
  npm test -- unit contract
  npm run test:unit -- -- libs/audio
  npm run test:integrity -- --kills 200   a long campaign; --help tells more`);
  process.exit(0);
}
const unknown = named.filter((name) => !KINDS.includes(name));
if (unknown.length > 0)
  fail('UNKNOWN_TEST_KIND', `no such kind: ${unknown.join(', ')}. There are ${KINDS.join(', ')}.`);

bootstrap();

const reports = mkdtempSync(join(tmpdir(), 'eupnea-tests-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
const skips = new Map();
const seconds = {};

for (const kind of named.length > 0 ? named : KINDS) {
  const report = join(reports, `${kind}.json`);
  const startedAt = Date.now();
  console.log(`\n== ${kind} tests`);
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project',
      kind,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...vitestArguments,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  seconds[kind] = Math.round((Date.now() - startedAt) / 1000);
  count(kind, existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, status);
}
rmSync(reports, { recursive: true, force: true });

function count(kind, report, status) {
  const before = totals.failed;
  for (const file of report?.testResults ?? []) {
    for (const test of file.assertionResults) {
      if (test.status === 'passed') totals.passed += 1;
      else if (test.status === 'failed') totals.failed += 1;
      else {
        totals.skipped += 1;
        const suite = test.ancestorTitles.find((title) => title.includes('[skipped:')) ?? test.fullName;
        skips.set(`${kind}: ${suite}`, (skips.get(`${kind}: ${suite}`) ?? 0) + 1);
      }
    }
  }
  // A file that does not load, or a crashed runner, fails no single test: it still is a failure.
  if (status !== 0 && totals.failed === before) totals.failed += 1;
}

if (skips.size > 0) {
  console.log('\nSkipped:');
  for (const [suite, tests] of skips) console.log(`  ${suite} (${tests} ${tests === 1 ? 'test' : 'tests'})`);
}
console.log(`\nSeconds by kind: ${JSON.stringify(seconds)}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;
