import { fromWhereTheUserIs } from '#libs/platform';
import { type YamlText, yamlTexts } from '#libs/yaml-source';

/**
 * The files that somebody named, from the folder in which they typed it, or those of a folder of ours; a folder stands
 * for its files.
 * @throws EupneaError FILE_NOT_FOUND
 */
export const namedTexts = (named: readonly string[], folder: string, ending?: string): YamlText[] =>
  (named.length === 0 ? [folder] : named.map(fromWhereTheUserIs)).flatMap((path) => yamlTexts(path, ending));
