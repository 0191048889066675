import { ErrorCode, KafkaError } from '../protocol/error-codes.js';
import type { BatchHeader } from './record-batch.js';

/** As many batches are remembered per producer as an idempotent producer may have in flight. */
const REMEMBERED_BATCHES = 5;
const SEQUENCES = 2 ** 31;

interface RememberedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  /** Of the append, in milliseconds; -1 where the producer's own time stands. */
  readonly logAppendTime: number;
}

interface ProducerEntry {
  epoch: number;
  batches: RememberedBatch[];
}

/** What one partition knows about its idempotent producers. It is a function of the log's batches alone. */
export class ProducerState {
  private readonly producers = new Map<number, ProducerEntry>();

  /**
   * The earlier append of the same batch, if it is a duplicate.
   * @throws KafkaError OUT_OF_ORDER_SEQUENCE_NUMBER or INVALID_PRODUCER_EPOCH where the batch must not be appended
   */
  check(header: BatchHeader): RememberedBatch | undefined {
    if (header.producerId < 0) return undefined;
    const producer = this.producers.get(header.producerId);
    if (producer === undefined) return undefined; // as after the producer's earlier batches were deleted
    if (header.producerEpoch < producer.epoch) {
      throw new KafkaError(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `producer ${header.producerId} has epoch ${producer.epoch}, the batch ${header.producerEpoch}`,
      );
    }
    if (header.producerEpoch > producer.epoch) {
      if (header.baseSequence !== 0) throw outOfOrder(header, 0);
      return undefined;
    }
    const last = lastSequenceOf(header);
    const duplicate = producer.batches.find(
      (batch) => batch.baseSequence === header.baseSequence && batch.lastSequence === last,
    );
    if (duplicate !== undefined) return duplicate;
    const expected = ((producer.batches.at(-1)?.lastSequence ?? -1) + 1) % SEQUENCES;
    if (header.baseSequence !== expected) throw outOfOrder(header, expected);
    return undefined;
  }

  /** Notes an appended batch. */
  note(header: BatchHeader, logAppendTime: number): void {
    if (header.producerId < 0) return;
    let producer = this.producers.get(header.producerId);
    if (producer === undefined || producer.epoch !== header.producerEpoch) {
      producer = { epoch: header.producerEpoch, batches: [] };
      this.producers.set(header.producerId, producer);
    }
    producer.batches.push({
      baseSequence: header.baseSequence,
      lastSequence: lastSequenceOf(header),
      baseOffset: header.baseOffset,
      logAppendTime,
    });
    if (producer.batches.length > REMEMBERED_BATCHES) producer.batches.shift();
  }

  get greatestProducerId(): number {
    return Math.max(-1, ...this.producers.keys());
  }
}

const lastSequenceOf = (header: BatchHeader): number =>
  (header.baseSequence + (header.lastOffset - header.baseOffset)) % SEQUENCES;

function outOfOrder(header: BatchHeader, expected: number): KafkaError {
  return new KafkaError(
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `producer ${header.producerId} sent sequence ${header.baseSequence} where ${expected} was due`,
  );
}
