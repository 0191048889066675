const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Brokers delete whole segments, so a record may outlive its retention by the time that its segment was written to. */
const SEGMENTS_PER_RETENTION = 24;

/** Names of the topics that more than one service knows. */
export const TOPICS = {
  audio: 'eupnea.audio.chunks',
  estimates: 'eupnea.breath.estimates',
  rates: 'eupnea.breath.rates',
  episodes: 'eupnea.breath.episodes',
  alerts: 'eupnea.breath.alerts',
  /** What the alerter knows of each person, at a place of the estimates log. */
  alertingCheckpoints: 'eupnea.alerter.checkpoints',
  simulatorTruth: 'eupnea.simulator.truth',
  /** The alert rules that should be in force, under one key. */
  rules: 'eupnea.control.rules',
  /** Revoked device tokens, by their ids. */
  tokens: 'eupnea.control.tokens',
  /** Alerts that nobody is told about for a while, by the ids of the silences. */
  silences: 'eupnea.control.silences',
  /** Alerts that somebody takes care of, by their ids. */
  acknowledgements: 'eupnea.control.acknowledgements',
} as const;

export const deadLetterTopic = (topic: string): string => `${topic}.dead`;

/** The newest record of a key is the truth about it, and stays. */
const COMPACTED = { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'compact' };

/** All topics of the path have this many partitions: what is derived from partition p is written to partition p. */
export const DEFAULT_PARTITIONS = 8;

/** Broker settings of every topic. Time comes from the log, so all of them are stamped on append. */
export const TOPIC_SETTINGS: Record<string, Record<string, string>> = {
  [TOPICS.audio]: settings(DAY_MS),
  [deadLetterTopic(TOPICS.audio)]: deadLetterSettings(DAY_MS), // may hold speech: expires with the audio
  [TOPICS.estimates]: settings(30 * DAY_MS),
  [deadLetterTopic(TOPICS.estimates)]: deadLetterSettings(30 * DAY_MS),
  [TOPICS.rates]: settings(30 * DAY_MS),
  [deadLetterTopic(TOPICS.rates)]: deadLetterSettings(30 * DAY_MS),
  [TOPICS.episodes]: settings(30 * DAY_MS),
  [deadLetterTopic(TOPICS.episodes)]: deadLetterSettings(30 * DAY_MS),
  [TOPICS.alerts]: settings(30 * DAY_MS),
  [deadLetterTopic(TOPICS.alerts)]: deadLetterSettings(30 * DAY_MS),
  [TOPICS.alertingCheckpoints]: COMPACTED,
  [TOPICS.simulatorTruth]: settings(7 * DAY_MS),
  [deadLetterTopic(TOPICS.simulatorTruth)]: deadLetterSettings(7 * DAY_MS),
  [TOPICS.tokens]: COMPACTED,
  [TOPICS.rules]: COMPACTED,
  [TOPICS.silences]: COMPACTED,
  [TOPICS.acknowledgements]: COMPACTED,
};

function settings(retentionMs: number): Record<string, string> {
  return {
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': String(retentionMs),
    'segment.ms': String(retentionMs / SEGMENTS_PER_RETENTION),
    'cleanup.policy': 'delete',
  };
}

/** A record of the largest size that brokers allow (1 MB by default) must still fit with the headers that it gains. */
function deadLetterSettings(retentionMs: number): Record<string, string> {
  return { ...settings(retentionMs), 'max.message.bytes': String(2 * 1024 * 1024) };
}

/** Headers of a dead letter, beside the original ones; the original key and value are kept as they were. */
export const DEAD_LETTER_HEADERS = {
  code: 'eupnea-error-code',
  message: 'eupnea-error-message',
  stage: 'eupnea-error-stage',
  topic: 'eupnea-original-topic',
  partition: 'eupnea-original-partition',
  offset: 'eupnea-original-offset',
  timestamp: 'eupnea-original-timestamp',
  /** Only where the record was too large to be kept whole: the bytes that its value had. */
  truncatedFrom: 'eupnea-original-value-bytes',
} as const;
