import { AlertControl } from '#libs/alert-control';
import { type LogProducer, overOwnConnection } from '#libs/messaging';

/** Does something with silences and acknowledgements. @throws EupneaError KAFKA_UNAVAILABLE */
export const overAlertControl = (
  work: (control: AlertControl, producer: LogProducer) => void | Promise<void>,
): Promise<void> => overOwnConnection('alerts', (kafka) => new AlertControl(kafka, 'alerts'), work);
