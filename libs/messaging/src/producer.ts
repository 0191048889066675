import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import { EupneaError } from '#libs/contracts';
import { isTransient, kafkaFault, protocolType } from './faults.js';
import { type OutgoingRecord, sizeOfHeaders } from './log-record.js';

/** A record batch over the broker's 1 MB is refused whole, so a send stays well under it, by bytes and not by count. */
const MAX_BATCH_BYTES = 768 * 1024;
const RECORD_OVERHEAD_BYTES = 128;

/** The broker lost track of our sequence numbers; a new producer begins its own. */
const LOST_SEQUENCE = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'DUPLICATE_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID']);

interface Waiting {
  records: OutgoingRecord[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Appends records, in their order per partition. Idempotent: what is retried within a send is not appended twice. One
 * send is under way at a time, as idempotence wants it; what comes meanwhile goes out together with the next one.
 */
export class LogProducer {
  private producer: Producer | undefined;
  private waiting: Waiting[] = [];
  private isSending = false;

  constructor(private readonly kafka: Kafka) {}

  async connect(): Promise<void> {
    this.producer ??= await this.connected();
  }

  async disconnect(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect();
  }

  /**
   * Resolves when the broker has acknowledged all of the records.
   * @throws a transient fault (`isTransient`) when it did not (they may have been appended all the same)
   */
  append(records: OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ records, resolve, reject });
      if (!this.isSending) void this.sendWaiting();
    });
  }

  private async sendWaiting(): Promise<void> {
    this.isSending = true;
    await Promise.resolve(); // let the other partitions of this turn join in
    while (this.waiting.length > 0) {
      const turn = this.waiting;
      this.waiting = [];
      try {
        await this.send(turn.flatMap(({ records }) => records));
        for (const { resolve } of turn) resolve();
      } catch (error) {
        for (const { reject } of turn) reject(error);
      }
    }
    this.isSending = false;
  }

  private async send(records: OutgoingRecord[]): Promise<void> {
    try {
      this.producer ??= await this.connected();
      for (const batch of batchesOf(records)) {
        await this.producer.sendBatch({
          acks: -1,
          topicMessages: [...batch].map(([topic, messages]) => ({ topic, messages })),
        });
      }
    } catch (error) {
      // After a failed send nobody knows which sequence numbers the broker has seen.
      void this.disconnect().catch(() => undefined);
      const isLost = LOST_SEQUENCE.has(protocolType(error) ?? '');
      throw isLost && !isTransient(error)
        ? new EupneaError('KAFKA_UNAVAILABLE', 'the broker lost track of the producer', { cause: error })
        : kafkaFault(error);
    }
  }

  private async connected(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      retry: { retries: 10, maxRetryTime: 5_000 },
    });
    await producer.connect();
    return producer;
  }
}

function sizeOf({ key, value, headers = {} }: OutgoingRecord): number {
  return RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + sizeOfHeaders(headers);
}

/** Splits records, in their order, into sends of a bounded size; a record that is larger goes alone. */
export function* batchesOf(records: OutgoingRecord[], maxBytes = MAX_BATCH_BYTES): Generator<Map<string, Message[]>> {
  let batch = new Map<string, Message[]>();
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (bytes > 0 && bytes + size > maxBytes) {
      yield batch;
      batch = new Map();
      bytes = 0;
    }
    const { topic, ...message } = record;
    const messages = batch.get(topic);
    if (messages) messages.push(message);
    else batch.set(topic, [message]);
    bytes += size;
  }
  if (bytes > 0) yield batch;
}
