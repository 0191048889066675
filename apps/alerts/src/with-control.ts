import { AlertControl } from '#libs/alert-control';
import { EupneaError } from '#libs/contracts';
import { LogProducer, createKafka, isTransient } from '#libs/messaging';
import { createLogger, kafkaSettings, loadConfig, logSettings } from '#libs/platform';
import { z } from 'zod';

const settingsSchema = z.object({
  ...kafkaSettings,
  ...logSettings,
  LOG_LEVEL: logSettings.LOG_LEVEL.default('silent'),
});

/** Does something with silences and acknowledgements, over a connection of its own. @throws EupneaError KAFKA_UNAVAILABLE */
export async function withControl(
  work: (control: AlertControl, producer: LogProducer) => Promise<void>,
): Promise<void> {
  const { KAFKA_BROKERS, LOG_LEVEL } = loadConfig(settingsSchema);
  const kafka = createKafka(KAFKA_BROKERS, 'eupnea-alerts', createLogger('alerts', LOG_LEVEL));
  const control = new AlertControl(kafka, 'alerts');
  const producer = new LogProducer(kafka);
  try {
    await control.start();
    await work(control, producer);
  } catch (error) {
    if (error instanceof EupneaError || !isTransient(error)) throw error;
    throw new EupneaError('KAFKA_UNAVAILABLE', `no broker answers at ${KAFKA_BROKERS.join(', ')}`, {
      hint: 'Start one (npm start brings one up), or set KAFKA_BROKERS.',
      cause: error,
    });
  } finally {
    await Promise.all([producer.disconnect(), control.stop()]);
  }
}
