import { metrics } from '#libs/platform';
import { Counter, Gauge, Histogram } from 'prom-client';

const registers = [metrics];

export const recordsTotal = new Counter({
  name: 'eupnea_alerter_records_total',
  help: 'Records of the estimates topic that were read, those that are read again after a restart included',
  registers,
});

export const outputsTotal = new Counter({
  name: 'eupnea_alerter_outputs_total',
  help: 'Records published',
  labelNames: ['topic'],
  registers,
});

export const lateAlertsTotal = new Counter({
  name: 'eupnea_alerter_late_alerts_total',
  help: 'Alerts published more than 10 minutes after what they tell of: stored, never paged',
  registers,
});

export const refusedTotal = new Counter({
  name: 'eupnea_alerter_refused_records_total',
  help: 'Records that count for nothing, by the code of what is wrong with them',
  labelNames: ['code'],
  registers,
});

export const alertLatency = new Histogram({
  name: 'eupnea_alerter_latency_seconds',
  help: 'Publication minus the LogAppendTime of the record that caused it',
  buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 600],
  registers,
});

export const checkpointsTotal = new Counter({
  name: 'eupnea_alerter_checkpoints_total',
  help: 'Checkpoints of people written',
  registers,
});

export const checkpointBytesTotal = new Counter({
  name: 'eupnea_alerter_checkpoint_bytes_total',
  help: 'Their bytes, packed',
  registers,
});

export const subjects = new Gauge({
  name: 'eupnea_alerter_subjects',
  help: 'People of whom something is known',
  labelNames: ['partition'],
  registers,
});

export const rulesVersion = new Gauge({
  name: 'eupnea_alerter_rules_version',
  help: 'Version of the rule set that is in force at the place of the partition up to which it was read',
  labelNames: ['partition'],
  registers,
});

export const lag = new Gauge({
  name: 'eupnea_alerter_lag_records',
  help: 'Records behind the end of the partition',
  labelNames: ['partition'],
  registers,
});
