import type { Kafka } from 'kafkajs';
import { TOPICS, decode } from '#libs/contracts';
import { readTopic } from '../oracle/read-topic.js';

export interface Published {
  /** Estimates in the topic, repetitions included. */
  published: number;
  /** Windows that were published more than once, and not with the same bytes each time. */
  publishedUnequally: string[];
}

/** What crashes and zombies make the estimator publish again is the same, byte for byte, or it could not collapse. */
export async function repetitionsIn(kafka: Kafka): Promise<Published> {
  const payloads = new Map<string, string>();
  const unequal = new Set<string>();
  let published = 0;
  await readTopic(kafka, TOPICS.estimates, ({ value }) => {
    const decoded = decode(value, 'BreathEstimate', 'Watermark', 'RuleSetChange');
    if (decoded.kind !== 'ok' || decoded.value.record !== 'BreathEstimate') return;
    published += 1;
    const { subjectId, deviceId, sessionId, startSample } = decoded.value.value;
    const identity = JSON.stringify([subjectId, deviceId, sessionId, startSample]);
    const bytes = (value as Buffer).toString('base64');
    if ((payloads.get(identity) ?? bytes) !== bytes) unequal.add(identity);
    payloads.set(identity, bytes);
  });
  return { published, publishedUnequally: [...unequal] };
}
