import { readFileSync } from 'node:fs';

/** Of the repository, in whose root every command runs; it pins everything else. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;

/** What a training ran on, for its manifest. */
export const softwareVersions = (): Record<string, string> => ({
  eupnea: packageVersion(),
  node: process.versions.node,
});
