import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECRET_SETTING } from '#libs/device-tokens';
import { fromWhereTheUserIs } from '#libs/platform';
import type { ChildSpec } from './child.js';
import type { PortUse } from './ports.js';
import { httpProbe, tcpProbe } from './probes.js';
import type { StandaloneSettings } from './settings.js';
import type { Stage } from './supervisor.js';

export interface Fleet {
  streams: number;
  speed: number;
}

/** The folder dist/ that this program was compiled into. */
const DIST = fileURLToPath(new URL('../../../', import.meta.url));

export const portUses = (settings: StandaloneSettings): PortUse[] => [
  { port: settings.KAFKA_PORT, setting: 'KAFKA_PORT', usedBy: 'Kafka' },
  { port: settings.CLICKHOUSE_PORT, setting: 'CLICKHOUSE_PORT', usedBy: 'ClickHouse' },
  { port: settings.API_PORT, setting: 'API_PORT', usedBy: 'api' },
  { port: settings.GATEWAY_PORT, setting: 'GATEWAY_PORT', usedBy: 'gateway' },
  { port: settings.ESTIMATOR_PORT, setting: 'ESTIMATOR_PORT', usedBy: 'estimator' },
  { port: settings.RECORDER_PORT, setting: 'RECORDER_PORT', usedBy: 'recorder' },
  { port: settings.ALERTER_PORT, setting: 'ALERTER_PORT', usedBy: 'alerter' },
  ...(settings.NOTIFIER_CONFIG ? [{ port: settings.NOTIFIER_PORT, setting: 'NOTIFIER_PORT', usedBy: 'notifier' }] : []),
];

/**
 * What runs, in the order of starting: the two servers, the services, the fleet. The services get URLs, as in a
 * cluster, and know nothing of the rest. `secret` signs the tokens of the simulated devices. The graces add up to less than the five seconds within which Ctrl-C stops all.
 */
export function plan(settings: StandaloneSettings, home: string, secret: string, fleet: Fleet | undefined): Stage[] {
  const environment = {
    KAFKA_BROKERS: `localhost:${settings.KAFKA_PORT}`,
    CLICKHOUSE_URL: `http://localhost:${settings.CLICKHOUSE_PORT}`,
    GATEWAY_URL: `http://localhost:${settings.GATEWAY_PORT}`,
    EUPNEA_HOME: home,
  };
  const ruled = { ...environment, ALERTER_FIRST_RULES: resolve(DIST, '..', settings.ALERTER_FIRST_RULES) };
  const signing = { ...environment, [SECRET_SETTING]: secret };
  const program = (name: string, path: string, rest: Partial<ChildSpec> = {}): ChildSpec => ({
    name,
    program: join(DIST, path),
    args: [],
    environment,
    essential: false,
    ...rest,
  });
  const server = (name: string, port: number, folder: string, probe: ChildSpec['probe']) =>
    program(name, `libs/local-${name}/src/main.js`, {
      args: ['--port', String(port), '--data', join(home, folder)],
      essential: true,
      ...(probe ? { probe } : {}),
    });
  const service = (name: string, port: number, setting: string, its: Record<string, string> = environment) =>
    program(name, `apps/${name}/src/main.js`, {
      environment: { ...its, [setting]: String(port) },
      probe: httpProbe(`http://localhost:${port}/health/ready`),
    });

  const stages: Stage[] = [
    {
      graceMs: 1_600,
      children: [
        server('kafka', settings.KAFKA_PORT, 'kafka', tcpProbe(settings.KAFKA_PORT)),
        server('clickhouse', settings.CLICKHOUSE_PORT, 'clickhouse', httpProbe(`${environment.CLICKHOUSE_URL}/ping`)),
      ],
    },
    {
      graceMs: 2_000,
      children: [
        service('recorder', settings.RECORDER_PORT, 'RECORDER_PORT'),
        service('estimator', settings.ESTIMATOR_PORT, 'ESTIMATOR_PORT'),
        service('alerter', settings.ALERTER_PORT, 'ALERTER_PORT', ruled),
        service('api', settings.API_PORT, 'API_PORT'),
        service('gateway', settings.GATEWAY_PORT, 'GATEWAY_PORT', signing),
      ],
    },
  ];
  if (settings.NOTIFIER_CONFIG) {
    const told = { ...environment, NOTIFIER_CONFIG: resolve(fromWhereTheUserIs(settings.NOTIFIER_CONFIG)) };
    stages[1]?.children.push(service('notifier', settings.NOTIFIER_PORT, 'NOTIFIER_PORT', told));
  }
  if (fleet) {
    const args = ['simulate', '--fleet', String(fleet.streams), '--speed', String(fleet.speed)];
    const simulator = program('simulator', 'apps/simulator/src/main.js', { args, environment: signing });
    stages.push({ graceMs: 800, children: [simulator] });
  }
  return stages;
}
