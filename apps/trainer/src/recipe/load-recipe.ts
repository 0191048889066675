import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PaperRecipe, paperRecipeSchema } from './paper-schema.js';
import { type Recipe, recipeSchema } from './schema.js';
import { type Layers, invalidRecipe, mergeLayers, parseLayers, readLayers } from './yaml-layers.js';

/** How a network is trained: `rate-bins` is our own method (and what a recipe without the key means). */
export type Method = 'rate-bins' | 'paper';

/** Which method a recipe names. See `loadRecipe` for the name and the errors. */
export function methodOf(nameOrFile: string): Method {
  return namedMethod(layersOf(nameOrFile));
}

/**
 * Reads a recipe of our own method: a name stands for recipes/NAME.yaml, anything with a slash or .yaml is a path.
 * @throws EupneaError FILE_NOT_FOUND, or RECIPE_INVALID naming file and line of every fault
 */
export function loadRecipe(nameOrFile: string): Recipe {
  return toRecipe(layersOf(nameOrFile));
}

/** Reads a recipe of the paper's method. See `loadRecipe` for the name and the errors. */
export function loadPaperRecipe(nameOrFile: string): PaperRecipe {
  return toPaperRecipe(layersOf(nameOrFile));
}

export const parseRecipe = (text: string, file: string): Recipe => toRecipe(readLayers(text, file));

export const parsePaperRecipe = (text: string, file: string): PaperRecipe => toPaperRecipe(readLayers(text, file));

function toRecipe(layers: Layers): Recipe {
  requireMethod(layers, 'rate-bins');
  return parseLayers(layers, recipeSchema);
}

function toPaperRecipe(layers: Layers): PaperRecipe {
  requireMethod(layers, 'paper');
  return parseLayers(layers, paperRecipeSchema);
}

function layersOf(nameOrFile: string): Layers {
  const isPath = nameOrFile.includes('/') || /\.ya?ml$/.test(nameOrFile);
  const file = isPath ? nameOrFile : join('recipes', `${nameOrFile}.yaml`);
  if (!existsSync(file)) {
    throw new EupneaError('FILE_NOT_FOUND', `there is no recipe ${file}`, {
      hint: 'Recipes lie in recipes/, or name a file.',
    });
  }
  return readLayers(readFileSync(file, 'utf8'), file);
}

function namedMethod(layers: Layers): Method {
  return mergeLayers(layers)['method'] === 'paper' ? 'paper' : 'rate-bins';
}

function requireMethod(layers: Layers, method: Method): void {
  const found = namedMethod(layers);
  if (found === method) return;
  const { file } = layers[0];
  throw invalidRecipe([`${file}: a recipe of the method '${found}' where one of '${method}' is needed`]);
}
