import { EupneaError } from '#libs/contracts';
import { copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTensorFlow } from '#libs/tensorflow';
import { extractTensorFlow } from './extract-wheel.js';
import { NODE_API_VERSION, TENSORFLOW_VERSION, cacheFolder, nodeHeaderFolders, tfjsNodeFolder } from './places.js';
import { canRun, runTool } from './run-tool.js';

const NODE_API_HEADERS = 'node-api-headers@1.9.0';
const BINDING = 'tfjs_binding.node';

type Report = (line: string) => void;

/**
 * Makes @tensorflow/tfjs-node work where its own installer cannot reach its download host: TensorFlow's library and
 * headers come out of the PyPI wheel, the binding (two C++ files) is compiled here. Idempotent; what was fetched and
 * compiled stays in the cache folder.
 * @throws EupneaError TENSORFLOW_MISSING saying what is missing and what to do
 */
export function setupTensorFlow(report: Report): void {
  const packageFolder = checkMachine();
  if (checkTensorFlow() === undefined) return report('tfjs-node works already: nothing to do');
  const cache = cacheFolder();
  fetchLibrary(cache, report);
  compileBinding(packageFolder, cache, report);
  install(packageFolder, cache);
  const fault = checkTensorFlow();
  if (fault !== undefined) {
    throw new EupneaError('TENSORFLOW_MISSING', `tfjs-node is in place and still does not work: ${fault}`, {
      hint: `Remove ${cache} and run \`npm run trainer -- setup\` again.`,
    });
  }
  report(`tfjs-node works on TensorFlow ${TENSORFLOW_VERSION}`);
}

function checkMachine(): string {
  const refuse = (message: string, hint: string): never => {
    throw new EupneaError('TENSORFLOW_MISSING', message, { hint });
  };
  const [major] = process.versions.node.split('.').map(Number) as [number];
  if (major >= 23) {
    refuse(
      `tfjs-node 4.22 does not run on Node 23 and later, and this is Node ${process.versions.node}`,
      'Train with Node 20 or 22, or use `--backend portable` (slow). Services need no TensorFlow.',
    );
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    refuse(
      `this setup is for x86-64 Linux, and this is ${process.platform} ${process.arch}`,
      "Try the package's own installer: npm rebuild @tensorflow/tfjs-node --ignore-scripts=false",
    );
  }
  return (
    tfjsNodeFolder() ??
    refuse('the package @tensorflow/tfjs-node is not installed', 'Run `npm ci` (without --omit=optional) first.')
  );
}

function fetchLibrary(cache: string, report: Report): void {
  if (existsSync(join(cache, 'deps', 'complete'))) return report(`TensorFlow ${TENSORFLOW_VERSION}: from ${cache}`);
  if (!canRun('python3', ['-m', 'pip', '--version'])) {
    throw new EupneaError('TENSORFLOW_MISSING', 'python3 with pip is needed to fetch TensorFlow from PyPI', {
      hint: 'Debian and Ubuntu: apt-get install python3-pip. Then run `npm run trainer -- setup` again.',
    });
  }
  mkdirSync(cache, { recursive: true });
  report(`TensorFlow ${TENSORFLOW_VERSION}: downloading the wheel (207 MB) ...`);
  const temporary = mkdtempSync(join(cache, 'wheel-'));
  try {
    const platforms = ['manylinux2014_x86_64', 'manylinux_2_17_x86_64'].flatMap((tag) => ['--platform', tag]);
    const tags = ['--implementation', 'cp', '--python-version', '311', '--abi', 'cp311', ...platforms];
    const wheel = ['-d', temporary, `tensorflow-cpu==${TENSORFLOW_VERSION}`];
    runTool('pip download', 'python3', [
      ...['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:'],
      ...tags,
      ...wheel,
    ]);
    const [file] = readdirSync(temporary);
    report('TensorFlow: unpacking ...');
    extractTensorFlow(join(temporary, file as string), join(cache, 'deps'));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function compileBinding(packageFolder: string, cache: string, report: Report): void {
  if (existsSync(join(cache, BINDING))) return report('binding: compiled already');
  if (!canRun('g++', ['--version'])) {
    throw new EupneaError('TENSORFLOW_MISSING', 'g++ is needed to compile the binding', {
      hint: 'Debian and Ubuntu: apt-get install g++. Then run `npm run trainer -- setup` again.',
    });
  }
  const deps = join(cache, 'deps');
  const headers = nodeHeaders(cache, report);
  report('binding: compiling (15 s) ...');
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API_VERSION}`];
  const include = ['-I', packageFolder, '-I', join(deps, 'include'), '-I', headers];
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(packageFolder, 'binding', name));
  const libraries = ['-L', join(deps, 'lib'), '-ltensorflow', '-ltensorflow_framework'];
  const partial = join(cache, `${BINDING}.partial`);
  runTool('compiling the binding', 'g++', [
    ...flags,
    ...include,
    ...sources,
    '-o',
    partial,
    ...libraries,
    '-Wl,-rpath,$ORIGIN/../../deps/lib', // deps stands beside lib in the package
  ]);
  copyFileSync(partial, join(cache, BINDING));
  rmSync(partial);
}

/** Node's own headers where they stand beside it, else the npm package that carries the same. */
function nodeHeaders(cache: string, report: Report): string {
  const found = nodeHeaderFolders().find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found) return found;
  const folder = join(cache, 'node-api-headers');
  if (!existsSync(join(folder, 'include', 'node_api.h'))) {
    report(`Node's headers: fetching ${NODE_API_HEADERS} ...`);
    const temporary = mkdtempSync(join(tmpdir(), 'eupnea-headers-'));
    const archive = runTool('npm pack', 'npm', ['pack', '--silent', NODE_API_HEADERS], temporary).trim();
    mkdirSync(folder, { recursive: true });
    runTool('tar', 'tar', ['-xzf', join(temporary, archive), '-C', folder, '--strip-components=1']);
    rmSync(temporary, { recursive: true });
  }
  return join(folder, 'include');
}

/** Links the libraries and copies the binding to where the package looks for them. */
function install(packageFolder: string, cache: string): void {
  const deps = join(packageFolder, 'deps');
  if (lstatSync(deps, { throwIfNoEntry: false })) rmSync(deps, { recursive: true });
  symlinkSync(join(cache, 'deps'), deps);
  const folder = join(packageFolder, 'lib', `napi-v${NODE_API_VERSION}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(cache, BINDING), join(folder, BINDING));
}
