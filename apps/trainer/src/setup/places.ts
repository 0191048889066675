import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** TensorFlow that the binding of tfjs-node 4.22 compiles against and runs with. */
export const TENSORFLOW_VERSION = '2.15.1';

/** Node-API version of the compiled binding; every supported Node has it. */
export const NODE_API_VERSION = 8;

/** The folder of everything local that is not in git; EUPNEA_HOME moves it. */
export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(environment['EUPNEA_HOME'] ?? '.eupnea');
}

/** TensorFlow's libraries, headers and the compiled binding are kept here, so that a wiped node_modules costs no download. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheRoot(environment), 'tensorflow', TENSORFLOW_VERSION);
}

/** Folder of the installed @tensorflow/tfjs-node package, or undefined where npm left the optional dependency out. */
export function tfjsNodeFolder(): string | undefined {
  for (const folder of createRequire(import.meta.url).resolve.paths('@tensorflow/tfjs-node') ?? []) {
    const candidate = join(folder, '@tensorflow', 'tfjs-node');
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

/** Folders that may hold node_api.h, best first. */
export function nodeHeaderFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const prefix = dirname(dirname(process.execPath));
  const given = environment['npm_config_nodedir'];
  return [...(given ? [join(given, 'include', 'node')] : []), join(prefix, 'include', 'node'), '/usr/include/node'];
}
