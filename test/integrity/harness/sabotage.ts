import { createClient } from '@clickhouse/client';
import type { Stack } from '../../support/stack.js';

/**
 * Negative controls: the same pipeline with one of its safeguards taken out. A harness that finds nothing wrong
 * with these would find nothing wrong with anything.
 */
export const SABOTAGES = {
  /** Estimates count as published before the broker has them. */
  'commit-early': async (stack: Stack) => stack.replace('estimator', 'dist/test/integrity/sabotage/commit-early.js'),
  /** The commit names the processed position, not the oldest chunk that an unfinished window needs. */
  'no-low-watermark': async (stack: Stack) =>
    stack.replace('estimator', 'dist/test/integrity/sabotage/no-low-watermark.js'),
  /** Alerts count as published before the broker has them. */
  'alerter-commit-early': async (stack: Stack) =>
    stack.replace('alerter', 'dist/test/integrity/sabotage/alerter-commit-early.js'),
  /** The commit names the processed position, not the first record of those who have no checkpoint. */
  'alerter-no-births': async (stack: Stack) =>
    stack.replace('alerter', 'dist/test/integrity/sabotage/alerter-no-births.js'),
  /** The commit does not wait for deliveries that are under way. */
  'notifier-commit-early': async (stack: Stack) =>
    stack.replace('notifier', 'dist/test/integrity/sabotage/notifier-commit-early.js'),
  /** A table in which a row written again does not replace itself. */
  'no-deduplication': async (stack: Stack) => {
    const client = createClient({ url: stack.clickhouseUrl });
    await client.command({ query: 'CREATE DATABASE eupnea' });
    await client.command({ query: NEVER_COLLAPSING });
    await client.close();
  },
} as const;

export type Sabotage = keyof typeof SABOTAGES;

/** The migrations find the table there and leave it; FINAL finds no two rows alike. */
const NEVER_COLLAPSING = `
CREATE TABLE eupnea.estimates (
  subject_id String, device_id String, session_id String,
  session_started_at DateTime64(3, 'UTC'), window_start DateTime64(3, 'UTC'),
  start_sample Int64, window_samples UInt32, window_seconds Float32, rr_per_minute Float32, rr_std_dev Float32,
  breath_count Float32, p_none Float32, p_normal Float32, p_heavy Float32, p_noise Float32, quality String,
  rest_state String, stage String, environment String, time_zone String, model_version String,
  written UUID MATERIALIZED generateUUIDv4()
)
ENGINE = ReplacingMergeTree ORDER BY (subject_id, window_start, written)`;
