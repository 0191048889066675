import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { gatewaySettings } from '../../apps/gateway/src/settings.js';
import { loadConfig } from '#libs/platform';
import { CLICKHOUSE_IMAGE, KAFKA_IMAGE } from '../support/containers.js';
import { root } from '../support/stack.js';

interface Service {
  image: string;
  ports: string[];
  healthcheck: { test: string[] };
  profiles?: string[];
  command?: string[];
  environment?: Record<string, string>;
}

const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as {
  services: Record<string, Service>;
};

test('docker-compose.yml runs the images that the container tests run', () => {
  expect(services['kafka']?.image).toBe(KAFKA_IMAGE);
  expect(services['clickhouse']?.image).toBe(CLICKHOUSE_IMAGE);
});

test('the gateway joins on demand, from this checkout, inside the network of the broker, with a secret from outside', () => {
  const gateway = services['gateway'] as Service;
  expect(gateway.profiles).toEqual(['gateway']);
  expect(gateway.command?.at(-1)).toBe('dist/apps/gateway/src/main.js');
  expect(gateway.environment?.['KAFKA_BROKERS']).toBe('kafka:19092');
  expect(gateway.environment?.['GATEWAY_TOKEN_SECRET']).toBe('${GATEWAY_TOKEN_SECRET:-}');
  const settings = loadConfig(gatewaySettings, { ...gateway.environment, GATEWAY_TOKEN_SECRET: 'x'.repeat(32) });
  expect(gateway.ports).toEqual([`127.0.0.1:${settings.GATEWAY_PORT}:${settings.GATEWAY_PORT}`]);
});

test.each(Object.entries(services))('%s: a pinned version, a healthcheck, ports on loopback alone', (_, service) => {
  expect(service.image).toMatch(/^[\w/-]+:\d+(\.\d+)+$/);
  expect(service.healthcheck.test[0]).toMatch(/^CMD/);
  for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});
