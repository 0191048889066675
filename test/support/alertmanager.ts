import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './stack.js';

const PROGRAM = '/usr/bin/prometheus-alertmanager';
export const hasAlertmanager = existsSync(PROGRAM);
export const WITHOUT_ALERTMANAGER = `there is no ${PROGRAM}`;

interface HeldAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  status: { state: string };
}

/** A real Alertmanager that tells a webhook at once of every alert, its end included. */
export class Alertmanager {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(port: number, hook: string): Promise<Alertmanager> {
    const folder = mkdtempSync(join(tmpdir(), 'eupnea-alertmanager-'));
    const file = join(folder, 'alertmanager.yml');
    writeFileSync(
      file,
      `route: { receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: '${hook}', send_resolved: true }] }]
`,
    );
    const child = spawn(
      PROGRAM,
      [
        `--config.file=${file}`,
        `--storage.path=${folder}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    const alertmanager = new Alertmanager(`http://127.0.0.1:${port}`, child, folder);
    const isReady = () => fetch(`${alertmanager.url}/-/ready`).then(({ ok }) => ok);
    await eventually('Alertmanager', isReady, (ok) => ok);
    return alertmanager;
  }

  async alerts(): Promise<HeldAlert[]> {
    const response = await fetch(`${this.url}/api/v2/alerts`);
    return (await response.json()) as HeldAlert[];
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
