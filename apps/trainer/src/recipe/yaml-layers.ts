import { EupneaError } from '#libs/contracts';
import { type YamlSource, lineOf, parseValue, parseYaml } from '#libs/yaml-source';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { z } from 'zod';

/** A recipe's own file first, then what it extends. */
export type Layers = readonly [YamlSource, ...YamlSource[]];

type Mapping = Record<string, unknown>;

/**
 * Parses a recipe and the recipes that it extends: `extends: NAME` stands for NAME.yaml in the same folder.
 * @throws EupneaError RECIPE_INVALID with file and line, or FILE_NOT_FOUND
 */
export function readLayers(text: string, file: string, extending: readonly string[] = []): Layers {
  const layer = parseYaml(text, file, invalidRecipe);
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
  return parseValue(mergeLayers(layers), schema, layers, invalidRecipe);
}

function mappingOf({ value }: YamlSource): Mapping {
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
