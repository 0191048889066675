/** An alerter that commits what it has read, and forgets whose checkpoint is not written yet. Only for negative controls. */
import { PartitionAlerting } from '#libs/alert-rules';

const { marksAt } = PartitionAlerting.prototype;
PartitionAlerting.prototype.marksAt = function (next) {
  return { ...marksAt.call(this, next), low: next };
};

await import('../../../apps/alerter/src/main.js');
