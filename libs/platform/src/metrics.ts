import { Registry, collectDefaultMetrics } from 'prom-client';

/** One registry per process; services add their own counters, gauges and histograms to it. */
export const metrics = new Registry();

export function startDefaultMetrics(service: string): void {
  metrics.setDefaultLabels({ service });
  collectDefaultMetrics({ register: metrics });
}
