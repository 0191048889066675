import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Health, createLogger } from '#libs/platform';
import { Recorder } from './recorder.js';
import { settingsSchema } from './settings.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Takes connections and never says a word, as behind a broken network. */
async function blackHole(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    closing.push(() => socket.destroy());
  });
  closing.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

test('a stop waits for nobody who does not answer', async () => {
  const port = await blackHole();
  const settings = settingsSchema.parse({
    KAFKA_BROKERS: `127.0.0.1:${port}`,
    CLICKHOUSE_URL: `http://127.0.0.1:${port}`,
  });
  const recorder = new Recorder(settings, createLogger('recorder', 'silent'), new Health());
  recorder.onApplicationBootstrap();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const startedAt = Date.now();
  await recorder.onApplicationShutdown();
  expect(Date.now() - startedAt).toBeLessThan(3_000);
});
