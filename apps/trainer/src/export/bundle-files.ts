import { type Manifest, writeManifest } from '#libs/breath-model';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an export writes, and so what a former one may have left. */
const WRITTEN = /^(model\.onnx|MODEL_CARD\.md|manifest\.json|failure-\d+\.png)$/;

export interface BundleFiles {
  /** model.onnx. */
  model: Uint8Array;
  /** MODEL_CARD.md. */
  card: string;
  /** Pictures of the card, by their names. */
  pictures?: Readonly<Record<string, Uint8Array>>;
}

/** Writes a whole model bundle: its files and, last, the manifest with the hashes of all of them. */
export async function writeBundleFiles(
  folder: string,
  { model, card, pictures = {} }: BundleFiles,
  description: Parameters<typeof writeManifest>[1],
): Promise<Manifest> {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (WRITTEN.test(file)) rmSync(join(folder, file));
  const files = { 'model.onnx': model, 'MODEL_CARD.md': card, ...pictures };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return writeManifest(folder, description);
}
