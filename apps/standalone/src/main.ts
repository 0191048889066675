/** npm start: local servers, all services and a simulated fleet, supervised. */
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SECRET_SETTING, keepSecret } from '#libs/device-tokens';
import { loadConfig, runCommand } from '#libs/platform';
import { prepareHome } from './home.js';
import { fetchStatus } from './live-status.js';
import { LiveView } from './live-view.js';
import { lockHome } from './lock.js';
import { type StandaloneOptions, parseOptions } from './options.js';
import { plan, portUses } from './plan.js';
import { requireFreePorts } from './ports.js';
import { Screen } from './screen.js';
import { type StandaloneSettings, standaloneSettings } from './settings.js';
import { onStopSignals } from './stop-signals.js';
import { Supervisor } from './supervisor.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

await runCommand(async () => {
  const options = parseOptions(process.argv.slice(2));
  const settings = loadConfig(standaloneSettings);
  const folder = settings.EUPNEA_HOME;
  const home = prepareHome(isAbsolute(folder) ? folder : resolve(ROOT, folder));
  const unlock = await lockHome(home);
  try {
    await requireFreePorts(portUses(settings));
    process.exitCode = await run(options, settings, home);
  } finally {
    unlock();
  }
  process.exit();
});

/** @returns the exit status: 1 when a program could not run in the end */
async function run(options: StandaloneOptions, settings: StandaloneSettings, home: string): Promise<number> {
  const screen = new Screen(process.stdout);
  const say = (line: string) => screen.print(line);
  const fleet = options.fleet === undefined ? undefined : { streams: options.fleet, speed: options.speed };
  const secret = process.env[SECRET_SETTING] ?? keepSecret(home);
  const supervisor = new Supervisor(plan(settings, home, secret, fleet), join(home, 'logs'), say);
  const view = new LiveView(screen, () => fetchStatus(settings.API_PORT));
  process.on('exit', () => supervisor.kill());

  const toldToStop = new Promise<string>((stop) => onStopSignals(stop, () => process.exit(130)));
  const finished = supervisor.start().then(async () => {
    say(whereToLook(settings, home, options.fleet));
    void view.start();
    return options.forMs === undefined ? new Promise<never>(() => undefined) : after(options.forMs);
  });
  let refused: string[];
  say(`Starting. Data and logs are in ${home}`);
  try {
    const why = await Promise.race([finished, toldToStop, supervisor.failed]);
    view.stop();
    say(`${why}: stopping ...`);
  } finally {
    view.stop();
    finished.catch(() => undefined); // a start that was cut short
    refused = supervisor.refused;
    const startedAt = Date.now();
    await supervisor.stop();
    say(`Everything stopped after ${seconds(startedAt)} s. The next npm start finds all data again.`);
  }
  if (refused.length > 0) say(`${refused.join(' and ')} could not run; why stands above.`);
  if (options.forMs !== undefined && view.last) say(JSON.stringify(view.last));
  return refused.length > 0 ? 1 : 0;
}

async function after(delayMs: number): Promise<string> {
  await sleep(delayMs);
  return `${delayMs / 1000} s are over`;
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}

function whereToLook(settings: StandaloneSettings, home: string, fleet: number | undefined): string {
  const api = `http://localhost:${settings.API_PORT}`;
  return [
    '',
    `Eupnea runs${fleet ? ` with ${fleet} simulated ${fleet === 1 ? 'headphone' : 'headphones'}` : ' without a fleet'}. Investigational: not for medical decisions.`,
    `  page        ${api}`,
    `  API         ${api}/docs (document: ${api}/docs/openapi.json)`,
    `  gateway     http://localhost:${settings.GATEWAY_PORT} (tokens: npm run gateway -- --help)`,
    `  Kafka       localhost:${settings.KAFKA_PORT}`,
    `  ClickHouse  http://localhost:${settings.CLICKHOUSE_PORT} (database eupnea)`,
    `  logs        ${join(home, 'logs')}`,
    'Ctrl-C stops everything; a second Ctrl-C at once.',
    '',
  ].join('\n');
}
