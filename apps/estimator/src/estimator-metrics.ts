import { Counter, Gauge, Histogram } from 'prom-client';
import { metrics } from '#libs/platform';

const registers = [metrics];

export const chunksTotal = new Counter({
  name: 'eupnea_chunks_total',
  help: 'Audio chunks taken from the log',
  registers,
});

export const estimatesTotal = new Counter({
  name: 'eupnea_estimates_total',
  help: 'Estimates published, by quality',
  labelNames: ['quality'],
  registers,
});

export const deadLettersTotal = new Counter({
  name: 'eupnea_dead_letters_total',
  help: 'Records set aside, by error code',
  labelNames: ['code'],
  registers,
});

export const dropsTotal = new Counter({
  name: 'eupnea_dropped_chunks_total',
  help: 'Chunks that brought nothing, by reason',
  labelNames: ['reason'],
  registers,
});

export const irregularTotal = new Counter({
  name: 'eupnea_irregular_chunks_total',
  help: 'Chunks that did not continue their stream: a gap before them, or an overlap that was trimmed',
  labelNames: ['kind'],
  registers,
});

export const liveStreams = new Gauge({
  name: 'eupnea_live_streams',
  help: 'Streams with state, by partition',
  labelNames: ['partition'],
  registers,
});

export const processedLag = new Gauge({
  name: 'eupnea_processed_lag_records',
  help: 'Records behind the end of the partition; the committed offset lies further back by design',
  labelNames: ['partition'],
  registers,
});

export const estimateLatency = new Histogram({
  name: 'eupnea_estimate_latency_seconds',
  help: "An estimate's publication minus the LogAppendTime of the chunk that completed its window",
  buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60],
  registers,
});

export const inferenceSeconds = new Histogram({
  name: 'eupnea_inference_seconds',
  help: 'Front end and network, per batch of windows',
  buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
  registers,
});
