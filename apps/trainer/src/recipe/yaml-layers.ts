import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, LineCounter, isNode, parseDocument } from 'yaml';
import type { z } from 'zod';

/** One file of a recipe. */
interface Layer {
  file: string;
  document: Document.Parsed;
  lineAt: (offset: number) => number;
}

/** A recipe's own file first, then what it extends. */
export type Layers = readonly [Layer, ...Layer[]];

type Mapping = Record<string, unknown>;

/**
 * Parses a recipe and the recipes that it extends: `extends: NAME` stands for NAME.yaml in the same folder.
 * @throws EupneaError RECIPE_INVALID with file and line, or FILE_NOT_FOUND
 */
export function readLayers(text: string, file: string, extending: readonly string[] = []): Layers {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    throw invalidRecipe(document.errors.map(({ message, pos }) => `${file}:${lineAt(pos[0])}: ${message.split('\n')[0]}`)); // prettier-ignore
  }
  const layer = { file, document, lineAt };
  const base: unknown = mappingOf(layer)['extends'];
  if (base === undefined) return [layer];
  const where = `${file}:${lineOf(layer, ['extends'])}`;
  if (typeof base !== 'string') throw invalidRecipe([`${where}: extends: expected the name of a recipe`]);
  const baseFile = join(dirname(file), `${base}.yaml`);
  if (extending.includes(baseFile) || baseFile === file) {
    throw invalidRecipe([`${where}: extends: '${base}' extends this recipe`]);
  }
  if (!existsSync(baseFile)) throw invalidRecipe([`${where}: extends: there is no recipe ${baseFile}`]);
  return [layer, ...readLayers(readFileSync(baseFile, 'utf8'), baseFile, [...extending, file])];
}

/** What the layers say together: a recipe's own values before those that it extends. */
export function mergeLayers(layers: Layers): Mapping {
  const [own, ...rest] = layers.map(mappingOf);
  const merged = rest.reduce(merge, own as Mapping);
  return Object.fromEntries(Object.entries(merged).filter(([key]) => key !== 'extends'));
}

/** Checks what the layers say together, and finds the file and line of every fault. */
export function parseLayers<T>(layers: Layers, schema: z.ZodType<T>): T {
  const result = schema.safeParse(mergeLayers(layers));
  if (result.success) return result.data;
  throw invalidRecipe(result.error.issues.flatMap((issue) => faultsOf(issue, layers)));
}

function faultsOf(issue: z.core.$ZodIssue, layers: Layers): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${placeOf(layers, path)}: unknown key '${path.join('.')}'`;
    });
  }
  return [`${placeOf(layers, issue.path)}: ${issue.path.join('.')}: ${issue.message}`];
}

/** File and line of a key, or of the nearest mapping around a missing one. */
export function placeOf(layers: Layers, path: readonly PropertyKey[]): string {
  for (let depth = path.length; depth > 0; depth--) {
    for (const layer of layers) {
      const line = lineOf(layer, path.slice(0, depth));
      if (line !== undefined) return `${layer.file}:${line}`;
    }
  }
  return `${layers[0].file}:1`;
}

function lineOf({ document, lineAt }: Layer, path: readonly PropertyKey[]): number | undefined {
  const node: unknown = document.getIn(path, true);
  return isNode(node) && node.range ? lineAt(node.range[0]) : undefined;
}

function mappingOf({ document }: Layer): Mapping {
  const value: unknown = document.toJS();
  return isMapping(value) ? value : {};
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Mappings are joined key by key, unless one names its `kind`, which says that it stands whole; the rest replaces. */
function merge(own: Mapping, base: Mapping): Mapping {
  const merged: Mapping = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const below = base[key];
    merged[key] = isMapping(value) && isMapping(below) && !('kind' in value) ? merge(value, below) : value;
  }
  return merged;
}

export function invalidRecipe(faults: readonly string[]): EupneaError {
  return new EupneaError('RECIPE_INVALID', faults.join('\n'), {
    hint: 'recipes/default.yaml and recipes/paper.yaml hold every key of their method with a usable value.',
  });
}
