import { metrics } from '#libs/platform';
import { Counter, Gauge, Histogram } from 'prom-client';

const registers = [metrics];

export const recordsTotal = new Counter({
  name: 'eupnea_notifier_records_total',
  help: 'Records of the alerts topic that were read, those that are read again after a restart included',
  registers,
});

export const untoldTotal = new Counter({
  name: 'eupnea_notifier_untold_total',
  help: 'Changes of alerts that nobody is told of, by the reason',
  labelNames: ['reason'],
  registers,
});

export const triesTotal = new Counter({
  name: 'eupnea_notifier_tries_total',
  help: 'Requests to receivers, by what became of them',
  labelNames: ['receiver', 'result'],
  registers,
});

export const deliveredTotal = new Counter({
  name: 'eupnea_notifier_delivered_total',
  help: 'Changes of alerts that a receiver took',
  labelNames: ['receiver'],
  registers,
});

export const deadLettersTotal = new Counter({
  name: 'eupnea_notifier_dead_letters_total',
  help: 'Alerts set aside, by the receiver that did not take them (empty where the record is none)',
  labelNames: ['receiver', 'code'],
  registers,
});

export const latency = new Histogram({
  name: 'eupnea_notifier_latency_seconds',
  help: 'From the LogAppendTime of an alert until a receiver took it',
  labelNames: ['receiver'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
  registers,
});

export const waiting = new Gauge({
  name: 'eupnea_notifier_waiting',
  help: 'Alerts that wait for a receiver',
  labelNames: ['receiver'],
  registers,
});

export const openAlerts = new Gauge({
  name: 'eupnea_notifier_open_alerts',
  help: 'Alerts that somebody was told of and that have not ended',
  labelNames: ['partition'],
  registers,
});

export const lag = new Gauge({
  name: 'eupnea_notifier_lag_records',
  help: 'Records behind the end of the partition',
  labelNames: ['partition'],
  registers,
});
