import { isDeepStrictEqual } from 'node:util';
import { EupneaError, type RuleSetChange } from '#libs/contracts';
import { type RuleSet, compileRules } from '../evaluation/rule-set.js';
import { parseRules } from '../language/parse-rules.js';

/** Every set of rules that a partition's log put in force, by its version; before the first there are none: version 0. */
export class RuleSets {
  private readonly known = new Map<number, { files: RuleSetChange['files']; set: RuleSet }>();

  /** @param known changes of before, for instance those that stand beside the checkpoints */
  constructor(known: Iterable<RuleSetChange> = []) {
    for (const change of known) this.read(change);
  }

  /**
   * The rules of a change, and remembers them. Two that race may name one version: what took effect first keeps it, and
   * the other one is still read as what it says itself, so that a second reading of the log judges it as the first did.
   * @throws EupneaError RULES_INVALID
   */
  read({ version, files }: RuleSetChange): RuleSet {
    const known = this.known.get(version);
    if (known && isDeepStrictEqual(known.files, files)) return known.set;
    const set = readRuleSet({ files });
    if (!known) this.known.set(version, { files, set });
    return set;
  }

  /** @throws EupneaError CHECKPOINT_UNUSABLE where a checkpoint names a version whose text is gone */
  get(version: number): RuleSet {
    if (version === 0) return NO_RULES;
    const known = this.known.get(version);
    if (known) return known.set;
    throw new EupneaError(
      'CHECKPOINT_UNUSABLE',
      `the text of rule set ${version}, which a checkpoint names, is missing`,
      { hint: 'apps/alerter/README.md says how to begin without checkpoints.' },
    );
  }
}

const NO_RULES = compileRules([]);

/** @throws EupneaError RULES_INVALID with file, line and reason of every fault */
export function readRuleSet({ files }: Pick<RuleSetChange, 'files'>): RuleSet {
  const names = Object.keys(files).sort();
  return compileRules(parseRules(names.map((file) => ({ file, text: files[file] as string }))));
}
