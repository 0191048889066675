import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const shared = {
  root,
  resolve: { alias: [{ find: /^#libs\/(.*)$/, replacement: `${root}libs/$1/src/index.ts` }] },
};

/** Files of a kind that run beside each other; what kills servers and counts milliseconds has the machine to itself. */
const WORKERS: Record<string, number | string> = { unit: '100%', contract: 2, e2e: 2 };

/** One kind of test per project; tools/test.mjs runs them one after another within their budgets. */
function kind(name: string, include: string[], testTimeout: number) {
  return {
    ...shared,
    test: {
      name,
      include,
      testTimeout,
      hookTimeout: testTimeout,
      pool: 'forks' as const,
      maxWorkers: WORKERS[name] ?? 1,
    },
  };
}

export default defineConfig({
  ...shared,
  test: {
    projects: [
      kind('unit', ['libs/**/*.test.ts', 'apps/**/*.test.ts', 'test/{house,bench}/**/*.test.ts'], 60_000),
      kind('contract', ['test/contract/**/*.test.ts'], 90_000),
      kind('e2e', ['test/e2e/**/*.test.ts'], 240_000),
      kind('integrity', ['test/integrity/**/*.test.ts', 'test/fuzz/**/*.test.ts'], 300_000),
      kind('browser', ['test/browser/**/*.test.ts'], 120_000),
    ],
  },
});
