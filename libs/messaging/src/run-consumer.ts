import type { Consumer, ConsumerRunConfig } from 'kafkajs';
import { isTransient } from './faults.js';

const BEGIN_ANEW_AFTER_MS = 300;

/**
 * Runs a consumer, and runs it anew where kafkajs gives up on a fault that passes by itself: a coordinator that it does
 * not find, since the broker went away between two of its questions, is no reason to it to begin again.
 * @param onFatal any other fault
 */
export async function runConsumer(
  consumer: Consumer,
  config: ConsumerRunConfig,
  onFatal: (error: Error) => void,
): Promise<void> {
  const { CRASH, DISCONNECT } = consumer.events;
  let timer: NodeJS.Timeout | undefined;
  const beginAnew = (error: Error): void => {
    if (!isTransient(error)) return onFatal(error);
    timer = setTimeout(() => void consumer.run(config).catch(beginAnew), BEGIN_ANEW_AFTER_MS);
  };
  consumer.on(CRASH, ({ payload: { restart, error } }) => {
    if (!restart) beginAnew(error);
  });
  consumer.on(DISCONNECT, () => clearTimeout(timer)); // the one of a crash comes before it is told
  await consumer.run(config);
}
