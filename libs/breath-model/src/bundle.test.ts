import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_FRONT_END, DEFAULT_MODULATION, type FrontEndConfig, type ModulationConfig } from '#libs/features';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBundle, writeManifest } from './bundle.js';
import { type Manifest, modelVersionOf } from './manifest.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/untrained', import.meta.url));

const LOG_MELS: FrontEndConfig = {
  kind: 'log-mel-standardised',
  bands: 20,
  deltas: false,
  means: new Array<number>(20).fill(-8.5),
  deviations: new Array<number>(20).fill(3.25),
};

const modulationWith = (change: Partial<ModulationConfig>): FrontEndConfig => ({
  kind: 'modulation-standardised',
  modulation: { ...DEFAULT_MODULATION, ...change },
  deltas: false,
  means: new Array<number>(40).fill(0.1),
  deviations: new Array<number>(40).fill(0.2),
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eupnea-bundle-'));
  await cp(FIXTURE, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function editManifest(edit: (manifest: Manifest) => void): Promise<void> {
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  edit(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

describe('a model bundle', () => {
  it('comes back as it was written', async () => {
    const { manifest } = await loadBundle(folder);
    const { thresholds, architecture, training, metrics } = manifest;
    const frontEnd = { ...DEFAULT_FRONT_END };
    const written = await writeManifest(folder, {
      name: 'again',
      frontEnd,
      thresholds,
      architecture,
      training,
      metrics,
    });
    const bundle = await loadBundle(folder);
    expect(bundle.manifest).toEqual(written);
    expect(Object.keys(written.files)).toEqual(['MODEL_CARD.md', 'model.onnx']);
    expect(written.version).toMatch(/^again@[0-9a-f]{12}$/);
    expect(Buffer.from(bundle.model)).toEqual(await readFile(join(folder, 'model.onnx')));
  });

  it('that is not there is MODEL_MISSING, with what to do', async () => {
    await expect(loadBundle(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      hint: expect.stringContaining('models/default') as string,
    });
  });

  it.each(['model.onnx', 'MODEL_CARD.md'])('whose %s was changed is refused', async (name) => {
    await appendFile(join(folder, name), 'x');
    await expect(loadBundle(folder)).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringContaining(`${name} has SHA-256`) as string,
    });
  });

  it('that lacks a file is refused', async () => {
    await rm(join(folder, 'model.onnx'));
    await expect(loadBundle(folder)).rejects.toThrow('model.onnx cannot be read');
  });

  it('cannot change a threshold or the front end and keep its version', async () => {
    await editManifest(({ thresholds }) => (thresholds.pNone /= 2));
    await expect(loadBundle(folder)).rejects.toThrow(/its version is .* and its contents give/);
  });

  it('with a front end that is not implemented is refused, with those that are', async () => {
    await editManifest(({ frontEnd }) => ((frontEnd as { kind: string }).kind = 'nmcc'));
    await expect(loadBundle(folder)).rejects.toThrow(
      'frontEnd.kind: this version knows log-mel-normalised, log-mel-standardised and modulation-standardised',
    );
  });

  it.each<[string, object, string]>([
    ['bands of no known filterbank', { ...LOG_MELS, bands: 30 }, 'frontEnd.bands'],
    ['too few means', { ...LOG_MELS, means: [0] }, 'one number per feature'],
    ['no means for the slopes', { ...LOG_MELS, deltas: true }, 'one number per feature'],
    ['a deviation of 0', { ...LOG_MELS, deviations: new Array(20).fill(0) }, 'frontEnd.deviations.0'],
    ['an unknown key', { ...LOG_MELS, framesPerStep: 2 }, 'framesPerStep'],
    ['a window divided by nothing', { ...LOG_MELS, windowDeviationOffset: 0 }, 'frontEnd.windowDeviationOffset'],
    ['sub-bands out of order', modulationWith({ lowHz: 7_500 }), 'do not lie in order'],
    ['an endless frame', modulationWith({ contextSamples: 1e6 }), 'frontEnd.modulation.contextSamples'],
  ])('whose front end has %s is refused', async (_, frontEnd, message) => {
    await editManifest((manifest) => (manifest.frontEnd = frontEnd as Manifest['frontEnd']));
    await expect(loadBundle(folder)).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([[LOG_MELS], [modulationWith({})]])('with the front end $kind comes back as it was written', async (kind) => {
    const { name, thresholds, architecture, training, metrics } = (await loadBundle(folder)).manifest;
    await writeManifest(folder, { name, frontEnd: kind, thresholds, architecture, training, metrics });
    expect((await loadBundle(folder)).manifest.frontEnd).toEqual(kind);
  });

  it('may ask for the loudness, which changes its version', async () => {
    const { manifest } = await loadBundle(folder);
    const { name, thresholds, architecture, training, metrics } = manifest;
    const frontEnd = { ...manifest.frontEnd, loudness: { scale: 3, centre: 9 } };
    const written = await writeManifest(folder, { name, frontEnd, thresholds, architecture, training, metrics });
    expect(written.version).not.toBe(manifest.version);
    expect((await loadBundle(folder)).manifest.frontEnd).toEqual(frontEnd);
  });

  it('may not name files outside its folder', async () => {
    await editManifest(({ files }) => (files['../secret'] = '0'.repeat(64)));
    await expect(loadBundle(folder)).rejects.toMatchObject({ code: 'MODEL_BROKEN' });
  });

  it('whose manifest is no JSON is refused', async () => {
    await writeFile(join(folder, 'manifest.json'), '{');
    await expect(loadBundle(folder)).rejects.toThrow('manifest.json is no JSON');
  });

  it('has a version that depends on what estimates depend on, and not on the order of keys', async () => {
    const { manifest } = await loadBundle(folder);
    const reversed = Object.fromEntries(Object.entries(manifest.thresholds).reverse()) as Manifest['thresholds'];
    expect(modelVersionOf({ ...manifest, thresholds: reversed })).toBe(manifest.version);
    const changed = { ...manifest.files, 'model.onnx': '0'.repeat(64) };
    expect(modelVersionOf({ ...manifest, files: changed })).not.toBe(manifest.version);
    const card = { ...manifest.files, 'MODEL_CARD.md': '0'.repeat(64) };
    expect(modelVersionOf({ ...manifest, files: card })).toBe(manifest.version);
  });
});
