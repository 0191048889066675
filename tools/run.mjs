/** node tools/run.mjs APP [ARGS]: installs and builds what is missing, then becomes that program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, fail, root } from './bootstrap.mjs';

const LIBRARY_PROGRAMS = {
  'local-kafka': 'libs/local-kafka/src/main.js',
  'local-clickhouse': 'libs/local-clickhouse/src/main.js',
  bench: 'test/bench/main.js',
  fuzz: 'test/fuzz/main.js',
  oracle: 'test/integrity/oracle/main.js',
};

const [app, ...args] = process.argv.slice(2);
bootstrap();
const program = join(root, 'dist', LIBRARY_PROGRAMS[app] ?? join('apps', app ?? '', 'src', 'main.js'));
if (!existsSync(program)) fail('UNKNOWN_PROGRAM', `there is no program '${app}' (looked for ${program}).`);
process.argv = [process.argv[0], program, ...args];
await import(pathToFileURL(program).href);
