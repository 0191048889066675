import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Kafka } from 'kafkajs';
import { Alerting, type AlertingOutput, RuleSets, readRuleSet } from '#libs/alert-rules';
import { EupneaError, TOPICS, decode, isLateAlert } from '#libs/contracts';
import type { LogRecord } from '#libs/messaging';
import { ALERTS, type AlertingTable, EPISODES, RATES } from './alerting-rows.js';
import { type Comparison, compare } from './compare.js';
import { readTopic } from './read-topic.js';
import { type Row, grouped } from './rows.js';

/** Rates, episodes and alerts in the store against what the estimates topic must give. */
export interface AlertingVerdict extends Comparison {
  /** How many must be there. */
  rates: number;
  episodes: number;
  alerts: number;
  /** Of the alerts, those that came too late to be news. */
  late: number;
  /** How often alerts changed for each reason. */
  reasons: Record<string, number>;
  /** Records of the three topics, repetitions included. */
  published: number;
  /** Those that were published more than once, and not with the same bytes each time. */
  publishedUnequally: string[];
}

export const isAlertingRight = ({ missing, extra, different }: AlertingVerdict): boolean =>
  missing + extra + different === 0;

/** What an uninterrupted alerter says: the evaluator of whole partitions, which knows nothing of checkpoints. */
async function expectedAlerting(kafka: Kafka): Promise<AlertingOutput[]> {
  const outputs: AlertingOutput[] = [];
  const partitions = new Map<number, { alerting: Alerting; version: number }>();
  await readTopic(kafka, TOPICS.estimates, ({ partition, value }: LogRecord) => {
    let one = partitions.get(partition);
    if (!one) {
      one = { alerting: new Alerting(new RuleSets().get(0), (output) => outputs.push(output)), version: 0 };
      partitions.set(partition, one);
    }
    const decoded = decode(value, 'BreathEstimate', 'Watermark', 'RuleSetChange');
    if (decoded.kind !== 'ok') return;
    const { record, value: said } = decoded.value;
    if (record === 'BreathEstimate') one.alerting.onEstimate(said);
    else if (record === 'Watermark') one.alerting.onWatermark(said);
    else if (said.version > one.version) {
      try {
        one.alerting.changeRules(readRuleSet(said));
        one.version = said.version;
      } catch (error) {
        if (!(error instanceof EupneaError)) throw error; // rules that cannot be read change nothing
      }
    }
  });
  return outputs;
}

interface PublishedOutputs {
  published: number;
  publishedUnequally: string[];
  /** When each alert's record was first appended, by its identity. */
  firstAppendedMs: Map<string, number>;
}

/** What crashes make the alerter publish again is the same, byte for byte, or it could not collapse. */
async function publishedOutputs(kafka: Kafka): Promise<PublishedOutputs> {
  const bytes = new Map<string, string>();
  const unequal = new Set<string>();
  const firstAppendedMs = new Map<string, number>();
  let published = 0;
  for (const topic of [TOPICS.rates, TOPICS.episodes, TOPICS.alerts]) {
    await readTopic(kafka, topic, ({ value, appendTimeMs }) => {
      const decoded = decode(value, 'RateAggregate', 'BreathEpisode', 'BreathAlert');
      if (decoded.kind !== 'ok') return void unequal.add(`${topic}: ${JSON.stringify(decoded)}`);
      const identity = identityOf(decoded.value);
      const text = (value as Buffer).toString('base64');
      if ((bytes.get(identity) ?? text) !== text) unequal.add(identity);
      bytes.set(identity, text);
      firstAppendedMs.set(identity, Math.min(appendTimeMs, firstAppendedMs.get(identity) ?? Infinity));
      published += 1;
    });
  }
  return { published, publishedUnequally: [...unequal], firstAppendedMs };
}

function identityOf({ record, value }: AlertingOutput): string {
  if (record === 'RateAggregate') return JSON.stringify([value.subjectId, value.spanStart, value.modelVersion]);
  if (record === 'BreathEpisode') return `${value.episodeId} ${value.state}`;
  return `${value.alertId} ${value.sequence}`;
}

/** Compares the store at an URL with what the estimates topic must give. */
export async function verifyAlerting(kafka: Kafka, storeUrl: string): Promise<AlertingVerdict> {
  const outputs = await expectedAlerting(kafka);
  const { firstAppendedMs, ...published } = await publishedOutputs(kafka);
  const wanted: Record<string, Row[]> = { rates: [], episodes: [], alerts: [] };
  const reasons: Record<string, number> = {};
  for (const output of outputs) {
    if (output.record === 'RateAggregate') wanted['rates']?.push(RATES.asRow(output.value));
    else if (output.record === 'BreathEpisode') wanted['episodes']?.push(EPISODES.asRow(output.value));
    else {
      const { value } = output;
      const firstMs = firstAppendedMs.get(identityOf(output));
      wanted['alerts']?.push(ALERTS.asRow(value, firstMs !== undefined && isLateAlert(value, firstMs)));
      const reason = `${value.state} ${value.reason}`;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  }
  wanted['episodes'] = lastOfEach(wanted['episodes'] ?? []);
  const client = createClient({
    url: storeUrl,
    database: 'eupnea',
    request_timeout: 300_000,
    log: { level: ClickHouseLogLevel.OFF }, // errors reach the caller
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  try {
    const total: Comparison = { missing: 0, extra: 0, different: 0, examples: [] };
    for (const table of [RATES, EPISODES, ALERTS] as AlertingTable[]) {
      const answer = await client.query({ query: table.stored, format: 'JSONEachRow' });
      const found = grouped(await answer.json<Row>(), table.key);
      const { missing, extra, different, examples } = compare(grouped(wanted[table.name] ?? [], table.key), found);
      total.missing += missing;
      total.extra += extra;
      total.different += different;
      total.examples.push(...examples.map((fault) => `${table.name}: ${fault}`));
    }
    const { rates = [], episodes = [], alerts = [] } = wanted;
    const late = alerts.filter(({ on_time }) => on_time === 0).length;
    const counts = { rates: rates.length, episodes: episodes.length, alerts: alerts.length };
    return { ...total, ...counts, late, reasons, ...published };
  } finally {
    await client.close();
  }
}

/** An episode's end replaces its beginning. */
const lastOfEach = (episodes: Row[]): Row[] => [...new Map(episodes.map((row) => [row['episode_id'], row])).values()];
