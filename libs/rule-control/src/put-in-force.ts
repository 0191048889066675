import { isDeepStrictEqual } from 'node:util';
import { EupneaError, type RuleSetChange, TOPICS, encode } from '#libs/contracts';
import type { LogProducer } from '#libs/messaging';
import type { RulesInForce } from './rules-in-force.js';

/** The one key of the topic: compaction keeps the newest set. */
const KEY = 'rules';

/** Well under what brokers take in one record, since each change is a record of every partition, too. */
const MOST_BYTES = 512 * 1024;

/**
 * Writes rules, which the caller has checked, as the set that should be in force: the version after the one that was
 * read. Resolves when its own record was read back.
 * @param inForce a started projection
 * @throws EupneaError TOO_LARGE; RULES_CONFLICT when somebody else's set came first
 */
export async function putInForce(
  inForce: RulesInForce,
  producer: Pick<LogProducer, 'append'>,
  files: RuleSetChange['files'],
  author: string,
): Promise<RuleSetChange> {
  const change = { version: (inForce.current?.version ?? 0) + 1, files, author, changedAt: Date.now() };
  const value = encode('RuleSetChange', change);
  if (value.length > MOST_BYTES) {
    throw new EupneaError('TOO_LARGE', `the rule files hold ${value.length} bytes together; ${MOST_BYTES} are allowed`);
  }
  await producer.append([{ topic: TOPICS.rules, key: KEY, value }]);
  const read = await inForce.reached(change.version);
  if (isDeepStrictEqual({ ...read.files }, { ...files })) return read;
  // Compaction keeps what was written last, and that must be the one which everybody took.
  await producer.append([{ topic: TOPICS.rules, key: KEY, value: encode('RuleSetChange', read) }]);
  throw new EupneaError('RULES_CONFLICT', `${read.author} put version ${read.version} in force at the same time`, {
    hint: 'Look at it with npm run rules -- show, and apply yours again if it still should be.',
  });
}
