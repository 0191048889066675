/** Lets a producer take records for appended as soon as they are handed over. Only for negative controls. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LogProducer } from '#libs/messaging';

const LATER_MS = 1_000;

const { append } = LogProducer.prototype;
LogProducer.prototype.append = function (records) {
  void sleep(LATER_MS)
    .then(() => append.call(this, records))
    .catch(() => undefined);
  return Promise.resolve();
};
