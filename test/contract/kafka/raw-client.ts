import { type Socket, createConnection } from 'node:net';
import { Reader } from '../../../libs/local-kafka/src/protocol/reader.js';
import { Writer } from '../../../libs/local-kafka/src/protocol/writer.js';

const ANSWER_TIMEOUT_MS = 15_000;

interface Waiting {
  resolve(answer: Reader): void;
  reject(error: Error): void;
}

/** A connection on which a test sends exactly the request that it means, right or wrong. */
export class RawClient {
  private received = Buffer.alloc(0);
  private readonly waiting = new Map<number, Waiting>();
  private lastCorrelationId = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => this.receive(data));
    socket.once('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the broker closed the connection'));
      this.waiting.clear();
    });
    socket.on('error', () => undefined); // 'close' follows
  }

  static connect(brokers: string): Promise<RawClient> {
    const [host, port] = brokers.split(':');
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host: host as string, port: Number(port) });
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawClient(socket)));
    });
  }

  /** Sends one request; `flexible` adds the empty tags of header version 2. @returns the answer behind its header */
  request(apiKey: number, apiVersion: number, body: Writer, flexible = false): Promise<Reader> {
    const correlationId = ++this.lastCorrelationId;
    const header = new Writer().int16(apiKey).int16(apiVersion).int32(correlationId).string('contract-suite');
    if (flexible) header.noTags();
    const request = Buffer.concat([header.toBuffer(), body.toBuffer()]);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the broker is silent')), ANSWER_TIMEOUT_MS);
      this.waiting.set(correlationId, {
        resolve: (answer) => (clearTimeout(timer), resolve(answer)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
      this.socket.write(new Writer().int32(request.length).raw(request).toBuffer());
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(data: Buffer): void {
    this.received = Buffer.concat([this.received, data]);
    while (this.received.length >= 4) {
      const size = this.received.readInt32BE(0);
      if (this.received.length < 4 + size) return;
      const answer = new Reader(Buffer.from(this.received.subarray(4, 4 + size)));
      this.received = this.received.subarray(4 + size);
      const correlationId = answer.int32();
      this.waiting.get(correlationId)?.resolve(answer);
      this.waiting.delete(correlationId);
    }
  }
}
