import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TOPICS } from '#libs/contracts';
import { eventually } from '../support/stack.js';
import { processedBy } from './harness/caught-up.js';
import { repetitionsIn } from './harness/published.js';
import { Scene } from './harness/scene.js';
import { isRight } from './oracle/verify.js';

const GROUP = 'eupnea-estimator';
const PATIENCE_MS = 300_000;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.begin({ seed: 11, streams: 40, simulated: 0 });
}, PATIENCE_MS);
afterEach(() => scene?.end(), PATIENCE_MS);

async function expectExactlyTheSet(): Promise<{ estimates: number; published: number }> {
  const verdict = await scene.settle();
  const { published, publishedUnequally } = await repetitionsIn(scene.kafka);
  console.log(JSON.stringify({ ...verdict, published }));
  expect(isRight(verdict), verdict.examples.join('\n')).toBe(true);
  expect(verdict.estimates).toBeGreaterThan(50);
  expect(publishedUnequally).toEqual([]);
  return { estimates: verdict.estimates, published };
}

test('one, two and three estimators that join, leave and die under load leave exactly the set', async () => {
  const { stack } = scene;
  await stack.run('estimator-2');
  await stack.run('estimator-3');
  await stack.kill('estimator-2', 'SIGTERM');
  await Promise.all([stack.kill('estimator', 'SIGKILL'), stack.run('estimator-2')]);
  await stack.run('estimator');
  await stack.kill('estimator-3', 'SIGTERM');
  await stack.kill('estimator-2', 'SIGKILL');
  await expectExactlyTheSet();
}, 900_000);

test('a zombie between publishing and committing: its commit is refused, and what it published collapses', async () => {
  const { stack, kafka } = scene;
  await stack.run('estimator-2');
  await stack.kill('estimator');
  stack.launch('estimator', { EUPNEA_FAULT: 'estimator.afterProduce:3:SIGSTOP' });
  const zombie = stack.pid('estimator') as number;
  await eventually(
    'it stands still',
    async () => stateOf(zombie),
    (state) => state.startsWith('T'),
    PATIENCE_MS,
  );
  await eventually(
    'the group without it',
    () => membersOf(kafka),
    (members) => members === 1,
    PATIENCE_MS,
  );
  const watch = new PositionWatch(kafka);
  await sleep(5_000); // the other one reads on
  process.kill(zombie, 'SIGCONT');
  await eventually(
    'both in the group',
    () => membersOf(kafka),
    (members) => members === 2,
    PATIENCE_MS,
  );
  expect(stack.isRunning('estimator'), stack.log('estimator').join('\n')).toBe(true);
  expect(stack.log('estimator').join('\n')).toMatch(/not aware of this member|generation/i);
  const { estimates, published } = await expectExactlyTheSet();
  expect(published, 'some windows twice').toBeGreaterThan(estimates);
  expect(await watch.stop(), 'positions that went back').toEqual([]);
}, 900_000);

/** The first letter is T where the process is stopped. */
const stateOf = (pid: number): string =>
  String(spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).stdout).trim();

async function membersOf(kafka: Kafka): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return (await admin.describeGroups([GROUP])).groups[0]?.members.length ?? 0;
  } finally {
    await admin.disconnect();
  }
}

/** A zombie's commit, were it taken, would set the group's position back. */
class PositionWatch {
  private readonly wentBack: string[] = [];
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  constructor(kafka: Kafka) {
    this.watching = this.watch(kafka);
  }

  async stop(): Promise<string[]> {
    this.stopping.abort();
    await this.watching;
    return this.wentBack;
  }

  private async watch(kafka: Kafka): Promise<void> {
    const admin = kafka.admin();
    await admin.connect();
    let before = new Map<number, bigint>();
    while (!this.stopping.signal.aborted) {
      const now = await processedBy(admin, GROUP, TOPICS.audio);
      for (const [partition, position] of before) {
        const later = now.get(partition) ?? 0n;
        if (later < position) this.wentBack.push(`${partition}: ${position}, then ${later}`);
      }
      before = now;
      await sleep(300);
    }
    await admin.disconnect();
  }
}
