import { placeOf } from '#libs/yaml-source';
import { z } from 'zod';
import { type Random, pick, uniform } from '../draws/random.js';
import { type Recipe, recipeSchema } from '../recipe/schema.js';
import { type Layers, invalidRecipe, parseLayers, readLayers } from '../recipe/yaml-layers.js';

const betweenSchema = z.strictObject({
  between: z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, 'the first must be below the second'),
  scale: z.enum(['linear', 'log']).default('linear'),
});
const rangeSchema = z
  .union(
    [betweenSchema, z.strictObject({ oneOf: z.array(z.unknown()).min(2) })],
    'expected {between: [low, high], scale: linear or log}, or {oneOf: [value, value ...]}',
  )
  .refine(
    (range) => 'oneOf' in range || range.scale === 'linear' || range.between[0] > 0,
    'a log scale begins above 0',
  );
const rangesSchema = z.record(z.string(), rangeSchema);
type RangeValues = z.infer<typeof rangeSchema>;

/** The values that one place of a recipe may take. */
export interface Range {
  /** Keys with dots between them: `optimiser.learningRate`. */
  path: string;
  draw: (random: Random) => unknown;
}

/** What a search may change. The rest is how networks are measured, and changing it would move the goal. */
const PARTS = ['frontEnd', 'labels', 'network', 'loss', 'optimiser', 'draws'];

/**
 * Reads the ranges of a search: a mapping of paths in a recipe to `{between: [low, high], scale: log}` or
 * `{oneOf: [...]}`. Every end and every choice must be a valid value of the recipe, with its other values as they are.
 * @throws EupneaError RECIPE_INVALID naming file and line of every fault
 */
export function parseRanges(text: string, file: string, recipe: Recipe): Range[] {
  const layers = readLayers(text, file);
  const entries = Object.entries(parseLayers(layers, rangesSchema));
  if (entries.length === 0) throw invalidRecipe([`${file}:1: no ranges`]);
  const faults = entries.flatMap(([path, range]) => faultsOf(path, range, recipe, layers));
  if (faults.length > 0) throw invalidRecipe(faults);
  return entries.map(([path, range]) => ({ path, draw: drawOf(range, wantsWhole(path, range, recipe)) }));
}

function faultsOf(path: string, range: RangeValues, recipe: Recipe, layers: Layers): string[] {
  const where = `${placeOf(layers, [path])}: ${path}`;
  if (!PARTS.includes(path.split('.')[0] as string)) return [`${where}: a search changes ${PARTS.join(', ')} alone`];
  const ends = 'oneOf' in range ? range.oneOf : range.between;
  for (const value of ends) {
    const faults = issuesOf(recipe, { [path]: value }).map((issue) => `${where}: ${JSON.stringify(value)}: ${issue}`);
    if (faults.length > 0) return faults;
  }
  return [];
}

/** Whole numbers where the recipe takes no others. */
function wantsWhole(path: string, range: RangeValues, recipe: Recipe): boolean {
  if ('oneOf' in range) return false;
  const [low, high] = range.between;
  const between = low + (high - low) / Math.SQRT2 / 2;
  return !Number.isInteger(between) && issuesOf(recipe, { [path]: between }).length > 0;
}

function drawOf(range: RangeValues, whole: boolean): Range['draw'] {
  if ('oneOf' in range) return (random) => pick(random, range.oneOf);
  const [low, high] = range.between;
  const draw = (random: Random): number =>
    range.scale === 'log' ? Math.exp(uniform(random, Math.log(low), Math.log(high))) : uniform(random, low, high);
  return (random) => (whole ? Math.round(draw(random)) : Number(draw(random).toPrecision(4)));
}

/** Values by path. */
export type Drawn = Record<string, unknown>;

/**
 * The recipe with other values.
 * @throws EupneaError RECIPE_INVALID naming `where`
 */
export function withValues(recipe: Recipe, values: Drawn, where: string): Recipe {
  const issues = issuesOf(recipe, values);
  if (issues.length > 0) throw invalidRecipe(issues.map((issue) => `${where}: ${issue}`));
  return recipeSchema.parse(changed(recipe, values));
}

function issuesOf(recipe: Recipe, values: Drawn): string[] {
  const result = recipeSchema.safeParse(changed(recipe, values));
  return result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

function changed(recipe: Recipe, values: Drawn): unknown {
  const copy: unknown = structuredClone(recipe);
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let place = copy as Record<string, unknown>;
    for (const key of keys) place = (place[key] = isObject(place[key]) ? place[key] : {}) as typeof place;
    place[last] = value;
  }
  return copy;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
