/** A notifier that takes alerts for told as soon as it begins to tell them. Only for negative controls. */
import { PartitionNotifier } from '../../../apps/notifier/src/partition-notifier.js';

const { durableMark } = PartitionNotifier.prototype;
PartitionNotifier.prototype.durableMark = function () {
  const { pending } = this as unknown as { pending: Map<string, Map<bigint, bigint>> };
  for (const offsets of pending.values()) offsets.clear();
  return durableMark.call(this);
};

await import('../../../apps/notifier/src/main.js');
