import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import { root } from '../support/stack.js';

const eslint = new ESLint({ cwd: root });

async function complaints(filePath: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? []).map(({ ruleId }) => ruleId);
}

describe('imports point one way', () => {
  test.each([
    ['upward', 'libs/audio/src/x.ts', "import '#libs/windowing';"],
    ['sideways', 'libs/windowing/src/x.ts', "import '#libs/breath-model';"],
    ['of oneself by name', 'libs/audio/src/x.ts', "import '#libs/audio';"],
    ['around the name', 'libs/windowing/src/x.ts', "import '../../audio/src/resampler.js';"],
    ['from a library into an app', 'libs/audio/src/x.ts', "import '../../../apps/api/src/main.js';"],
    ['from an app into another', 'apps/api/src/x.ts', "import '../../recorder/src/main.js';"],
  ])('%s fails', async (_, file, code) => {
    expect(await complaints(file, code)).toContain('no-restricted-imports');
  });

  test('downward passes', async () => {
    expect(await complaints('libs/windowing/src/x.ts', "import '#libs/audio';")).toEqual([]);
    expect(await complaints('apps/api/src/x.ts', "import '#libs/store';")).toEqual([]);
  });

  test('the pure core reads no clock and no environment', async () => {
    expect(await complaints('libs/windowing/src/x.ts', 'export const now = Date.now();')).toContain(
      'no-restricted-properties',
    );
    expect(await complaints('libs/windowing/src/x.ts', 'export const home = process.env.HOME;')).toContain(
      'no-restricted-globals',
    );
  });
});
