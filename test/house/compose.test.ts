import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CLICKHOUSE_IMAGE, KAFKA_IMAGE } from '../support/containers.js';
import { root } from '../support/stack.js';

interface Service {
  image: string;
  ports: string[];
  healthcheck: { test: string[] };
}

const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as {
  services: Record<string, Service>;
};

test('docker-compose.yml runs the images that the container tests run', () => {
  const images = Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image]));
  expect(images).toEqual({ kafka: KAFKA_IMAGE, clickhouse: CLICKHOUSE_IMAGE });
});

test.each(Object.entries(services))('%s: a pinned version, a healthcheck, ports on loopback alone', (_, service) => {
  expect(service.image).toMatch(/^[\w/-]+:\d+(\.\d+)+$/);
  expect(service.healthcheck.test[0]).toMatch(/^CMD/);
  for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});
