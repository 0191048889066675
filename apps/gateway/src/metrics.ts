import { metrics } from '#libs/platform';
import { Counter, Gauge, Histogram } from 'prom-client';

const registers = [metrics];

export const gatewayMetrics = {
  chunks: new Counter({
    name: 'eupnea_gateway_chunks_total',
    help: 'Chunks that are durable in the log',
    labelNames: ['way'],
    registers,
  }),
  refused: new Counter({
    name: 'eupnea_gateway_refused_total',
    help: 'Requests, connections and chunks refused, by code',
    labelNames: ['way', 'code'],
    registers,
  }),
  sockets: new Gauge({ name: 'eupnea_gateway_sockets', help: 'Open connections of the stream', registers }),
  sessions: new Gauge({ name: 'eupnea_gateway_sessions', help: 'Sessions that were welcomed and are open', registers }),
  waitingBytes: new Gauge({
    name: 'eupnea_gateway_waiting_bytes',
    help: 'Audio in memory that is not durable yet',
    registers,
  }),
  appendSeconds: new Histogram({
    name: 'eupnea_gateway_append_seconds',
    help: 'From a batch of a session to its acknowledgement by the log',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  }),
};
