import { stringify } from 'yaml';
import { parseRecipe } from '../recipe/load-recipe.js';
import type { Recipe } from '../recipe/schema.js';
import { type Drawn, withValues } from './ranges.js';

/**
 * The recipe with a trial's values, as a file: trained and evaluated as the recipe says, not as briefly as the search.
 * @param comment where the values come from
 */
export function tunedRecipe(recipe: Recipe, values: Drawn, comment: readonly string[]): string {
  const name = `${recipe.name}-tuned`;
  const tuned = withValues({ ...recipe, name }, values, name);
  const text = `${comment.map((line) => `# ${line}\n`).join('')}${stringify(tuned)}`;
  parseRecipe(text, `${name}.yaml`);
  return text;
}
