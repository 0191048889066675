/**
 * What every npm command does first: check Node, install what is missing, build what changed.
 * Plain JavaScript, because it runs before anything is installed or built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const MINIMUM_NODE = [20, 19];

export function fail(code, message) {
  console.error(`\n${code}: ${message}\n`);
  process.exit(1);
}

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
    fail(
      'NODE_TOO_OLD',
      `Eupnea needs Node ${MINIMUM_NODE.join('.')} or later, and this is Node ${version}. Install a current one, then run the command again.`,
    );
  }
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function run(command, args, what, hint = () => '') {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) fail('BOOTSTRAP_FAILED', `${what} could not be started: ${error.message}. ${hint()}`);
  if (signal) process.exit(130); // Ctrl-C: whoever pressed it knows why
  if (status !== 0)
    fail('BOOTSTRAP_FAILED', `${what} failed with exit status ${status}. What it printed stands above. ${hint()}`);
}

/** The npm that started us, else the one in the path; a JavaScript file runs everywhere, a command only with a shell. */
function npm() {
  const path = process.env.npm_execpath;
  if (path && /npm-cli\.[cm]?js$/.test(path)) return { command: process.execPath, prefix: [path] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', prefix: [] };
}

/** Why an installation may have failed, and what to do: looked up only after the fact. */
function installHint() {
  const { command, prefix } = npm();
  const ask = (...args) => spawnSync(command, [...prefix, ...args], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  if (ask('--version').status !== 0) {
    return 'npm itself does not run; it comes with Node (https://nodejs.org), and some distributions package it apart.';
  }
  const registry = ask('config', 'get', 'registry', '--loglevel=silent').stdout?.trim();
  if (ask('ping', '--fetch-retries=0', '--fetch-timeout=10000', '--loglevel=silent').status === 0) {
    return 'The registry does answer, so the fault is elsewhere.';
  }
  return `The npm registry ${registry} does not answer. The first run needs it (later ones do not): go online, set a proxy (npm config set proxy URL) or another registry (npm config set registry URL), then run the command again.`;
}

const MODULES = join(root, 'node_modules');
const INSTALLED = join(MODULES, '.eupnea-lock');
const BUILT = join(root, 'dist', '.built');
const wantedModules = () => hashOf(['package-lock.json']);

function isInstalled() {
  if (existsSync(MODULES) && lstatSync(MODULES).isSymbolicLink()) return true; // somebody else's to manage
  return existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wantedModules();
}

/** Installs the locked dependencies unless node_modules already holds exactly those. */
export function install() {
  if (isInstalled()) return;
  console.log('Installing the locked dependencies (npm ci); the first time this takes a minute or more ...');
  const wanted = wantedModules();
  const { command, prefix } = npm();
  run(command, [...prefix, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci', installHint);
  writeFileSync(INSTALLED, wanted);
}

const SOURCE_FOLDERS = ['apps', 'libs', 'schemas', 'test/bench', 'test/fuzz', 'test/integrity', 'test/support'];
const BUILD_FILES = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'tools/bootstrap.mjs'];

function sourcesNewerThan(timeMs) {
  const isNewer = (path) => statSync(join(root, path)).mtimeMs > timeMs;
  if (BUILD_FILES.some(isNewer)) return true;
  return SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder))).some((folder) =>
    readdirSync(join(root, folder), { recursive: true }).some((name) => isNewer(join(folder, name))),
  );
}

const isBuilt = () => existsSync(BUILT) && !sourcesNewerThan(statSync(BUILT).mtimeMs);

/** Compiles everything into dist/ unless it is already newer than every source. */
export function build() {
  if (isBuilt()) return;
  const startedAt = new Date();
  console.log('Building ...');
  run(process.execPath, ['libs/contracts/generate.mjs'], 'generating types from schemas/');
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], 'tsc');
  for (const app of readdirSync(join(root, 'apps'))) {
    const assets = join(root, 'apps', app, 'public');
    if (existsSync(assets)) cpSync(assets, join(root, 'dist', 'apps', app, 'public'), { recursive: true });
  }
  writeFileSync(BUILT, '');
  utimesSync(BUILT, startedAt, startedAt);
}

/** Two commands at once take turns: one installs and builds, the other finds everything done. */
export function bootstrap() {
  checkNode();
  if (isInstalled() && isBuilt()) return;
  withLock(join(root, '.eupnea', 'bootstrap.lock'), () => {
    install();
    build();
  });
}
