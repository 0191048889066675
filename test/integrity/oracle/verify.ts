import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Kafka } from 'kafkajs';
import { DEAD_LETTER_HEADERS, TOPICS, deadLetterTopic } from '#libs/contracts';
import { bucketsOf } from './buckets.js';
import { type Comparison, compare } from './compare.js';
import { type Expected, Oracle } from './expected.js';
import { endsOf, readTopic } from './read-topic.js';
import { type Row, STORED_BUCKETS, STORED_ESTIMATES, asRow, byBucketKey, byEstimateKey, parseRow } from './rows.js';

/** What stands in the store and the dead letters against what must stand there. */
export interface Verdict extends Comparison {
  chunks: number;
  estimates: number;
  buckets: number;
  /** Buckets that are missing, extra or different. */
  bucketsWrong: number;
  deadLetters: number;
  /** Dead letters that are missing or that nobody expects; one may stand there more than once. */
  deadLettersWrong: number;
}

/** Reads the whole audio topic and works out, offline, what it must give. */
export async function expectedFrom(kafka: Kafka, modelPath: string): Promise<Expected> {
  const partitions = (await endsOf(kafka, TOPICS.audio)).size;
  const oracle = await Oracle.load(modelPath, Math.max(1, partitions));
  await readTopic(kafka, TOPICS.audio, (record) => oracle.take(record));
  return oracle.finish();
}

/** Compares the store at an URL, and the dead letters, with what the audio topic must give. */
export async function verify(kafka: Kafka, storeUrl: string, expected: Expected): Promise<Verdict> {
  const client = createClient({
    url: storeUrl,
    database: process.env['CLICKHOUSE_DATABASE'] ?? 'eupnea',
    username: process.env['CLICKHOUSE_USER'] ?? 'default',
    password: process.env['CLICKHOUSE_PASSWORD'] ?? '',
    request_timeout: 300_000,
    log: { level: ClickHouseLogLevel.OFF }, // errors reach the caller
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  try {
    const rows = async (query: string) => {
      const query_params = { version: expected.modelVersion };
      const answer = await client.query({ query, query_params, format: 'JSONEachRow' });
      return (await answer.json<Row>()).map(parseRow);
    };
    const wantedBuckets = bucketsOf(expected.estimates);
    const estimates = compare(
      byEstimateKey(expected.estimates.map(asRow)),
      byEstimateKey(await rows(STORED_ESTIMATES)),
    );
    const buckets = compare(byBucketKey(wantedBuckets), byBucketKey(await rows(STORED_BUCKETS)));
    const letters = await deadLettersIn(kafka);
    return {
      chunks: expected.chunks,
      estimates: expected.estimates.length,
      ...estimates,
      examples: [...estimates.examples, ...buckets.examples.map((fault) => `bucket ${fault}`)],
      buckets: wantedBuckets.length,
      bucketsWrong: buckets.missing + buckets.extra + buckets.different,
      deadLetters: expected.deadLetters.size,
      deadLettersWrong: notIn(expected.deadLetters, letters) + notIn(letters, expected.deadLetters),
    };
  } finally {
    await client.close();
  }
}

/** Whether everything is as it must be. */
export const isRight = ({ missing, extra, different, bucketsWrong, deadLettersWrong }: Verdict): boolean =>
  missing + extra + different + bucketsWrong + deadLettersWrong === 0;

const notIn = (some: Set<string>, others: Set<string>) => [...some].filter((one) => !others.has(one)).length;

async function deadLettersIn(kafka: Kafka): Promise<Set<string>> {
  const { partition, offset, code } = DEAD_LETTER_HEADERS;
  const letters = new Set<string>();
  await readTopic(kafka, deadLetterTopic(TOPICS.audio), ({ headers }) => {
    letters.add(`${String(headers[partition])}/${String(headers[offset])} ${String(headers[code])}`);
  });
  return letters;
}
