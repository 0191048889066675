import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MODEL = fileURLToPath(new URL('../fixtures/untrained/model.onnx', import.meta.url));

/** A process that opens a session, with a home of its own, as on a machine that is no build server. */
function openSession(home: string, setting: Record<string, string>): void {
  const program = `import { InferenceSession } from 'onnxruntime-node';
    await (await InferenceSession.create(${JSON.stringify(MODEL)})).release();`;
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CI|GITHUB_|TF_BUILD|VITEST|NODE_ENV|ORT_|XDG_)/.test(name),
  );
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...Object.fromEntries(kept), HOME: home, TMPDIR: home, ...setting },
  });
  expect(ran.status, String(ran.stderr)).toBe(0);
}

test('ONNX Runtime, as the engine sets it, leaves nothing for its telemetry', async () => {
  await import('./onnx-engine.js');
  const setting = process.env['ORT_DISABLE_TELEMETRY'];
  expect(setting).toBe('1');
  const home = mkdtempSync(join(tmpdir(), 'eupnea-telemetry-'));
  try {
    openSession(home, { ORT_DISABLE_TELEMETRY: String(setting) });
    expect(existsSync(join(home, '.cache', 'Microsoft'))).toBe(false);
    expect(readdirSync(home)).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
