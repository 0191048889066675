import { metrics } from '#libs/platform';
import { Counter, Gauge, Histogram } from 'prom-client';

const registers = [metrics];

export const recorderMetrics = {
  rows: new Counter({
    name: 'eupnea_recorder_rows_total',
    help: 'Rows written, repeated ones included',
    labelNames: ['table'],
    registers,
  }),
  batches: new Counter({
    name: 'eupnea_recorder_batches_total',
    help: 'Batches by what became of them',
    labelNames: ['table', 'result'],
    registers,
  }),
  insertSeconds: new Histogram({
    name: 'eupnea_recorder_insert_seconds',
    help: 'From a batch to its durable rows and buckets',
    labelNames: ['table'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  }),
  deadLetters: new Counter({
    name: 'eupnea_recorder_dead_letters_total',
    help: 'Records set aside',
    labelNames: ['topic', 'code'],
    registers,
  }),
  lag: new Gauge({
    name: 'eupnea_recorder_lag_records',
    help: 'Records of the partition that are not yet in the store',
    labelNames: ['topic', 'partition'],
    registers,
  }),
};
