import { EupneaError } from '#libs/contracts';
import { LogProducer, createKafka, isTransient } from '#libs/messaging';
import { createLogger, kafkaSettings, loadConfig, logSettings } from '#libs/platform';
import { RulesInForce } from '#libs/rule-control';
import { z } from 'zod';

const settingsSchema = z.object({
  ...kafkaSettings,
  ...logSettings,
  LOG_LEVEL: logSettings.LOG_LEVEL.default('silent'),
});

/** Does something with the rules in force, over a connection of its own. @throws EupneaError KAFKA_UNAVAILABLE */
export async function withRules(work: (rules: RulesInForce, producer: LogProducer) => Promise<void>): Promise<void> {
  const { KAFKA_BROKERS, LOG_LEVEL } = loadConfig(settingsSchema);
  const kafka = createKafka(KAFKA_BROKERS, 'eupnea-rules', createLogger('rules', LOG_LEVEL));
  const rules = new RulesInForce(kafka, 'rules');
  const producer = new LogProducer(kafka);
  try {
    await rules.start();
    await work(rules, producer);
  } catch (error) {
    if (error instanceof EupneaError || !isTransient(error)) throw error;
    throw new EupneaError('KAFKA_UNAVAILABLE', `no broker answers at ${KAFKA_BROKERS.join(', ')}`, {
      hint: 'Start one (npm start brings one up), or set KAFKA_BROKERS.',
      cause: error,
    });
  } finally {
    await Promise.all([producer.disconnect(), rules.stop()]);
  }
}
