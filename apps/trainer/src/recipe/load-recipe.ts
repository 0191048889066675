import { EupneaError } from '#libs/contracts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Recipe, recipeSchema } from './schema.js';

/**
 * Reads a recipe: a name stands for recipes/NAME.yaml, anything with a slash or .yaml is a path.
 * @throws EupneaError FILE_NOT_FOUND, or RECIPE_INVALID naming file and line of every fault
 */
export function loadRecipe(nameOrFile: string): Recipe {
  const isPath = nameOrFile.includes('/') || /\.ya?ml$/.test(nameOrFile);
  const file = isPath ? nameOrFile : join('recipes', `${nameOrFile}.yaml`);
  if (!existsSync(file)) {
    throw new EupneaError('FILE_NOT_FOUND', `there is no recipe ${file}`, {
      hint: 'Recipes lie in recipes/, or name a file.',
    });
  }
  return parseRecipe(readFileSync(file, 'utf8'), file);
}

export function parseRecipe(text: string, file: string): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ message, pos }) => `${file}:${lineOf(pos[0])}: ${message.split('\n')[0]}`));
  }
  const result = recipeSchema.safeParse(document.toJS());
  if (result.success) return result.data;
  const at = (path: PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
      if (node?.range) return lineOf(node.range[0]);
    }
    return 1;
  };
  const faults = result.error.issues.flatMap((issue: z.core.$ZodIssue) => {
    const where = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [`${file}:${at(issue.path)}: ${where}: ${issue.message}`];
    return issue.keys.map((key) => {
      const full = [...issue.path, key];
      return `${file}:${at(full)}: unknown key '${full.join('.')}'`;
    });
  });
  throw invalid(faults);
}

function invalid(faults: string[]): EupneaError {
  return new EupneaError('RECIPE_INVALID', faults.join('\n'), {
    hint: 'recipes/default.yaml holds every key with a usable value.',
  });
}
