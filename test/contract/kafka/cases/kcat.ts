import { execFile, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type Context, uniqueName } from '../context.js';

const KCAT_TIMEOUT_MS = 20_000;

export const kcatMissing = (): string | undefined =>
  spawnSync('kcat', ['-V']).status === 0 ? undefined : 'no kcat on the PATH; install it (Debian and Ubuntu: kcat)';

export function kcatCases(context: () => Context): void {
  function kcat(args: string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        'kcat',
        ['-b', context().brokers, ...args],
        { timeout: KCAT_TIMEOUT_MS },
        (error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout)),
      );
      child.stdin?.end(input);
    });
  }
  const produce = (topic: string, lines: string, ...options: string[]) =>
    kcat(['-P', '-t', topic, '-K:', ...options], lines);
  const consume = (topic: string, ...options: string[]) =>
    kcat(['-C', '-t', topic, '-e', '-q', '-o', 'beginning', '-f', '%p %o %k=%s\\n', ...options]);

  test('lists brokers, topics and partitions', async () => {
    const topic = await context().topic({ partitions: 2 });
    const metadata = JSON.parse(await kcat(['-L', '-J'])) as {
      brokers: { name: string }[];
      topics: { topic: string; partitions: { partition: number }[] }[];
    };
    expect(metadata.brokers.map(({ name }) => name)).toEqual([context().brokers]);
    const listed = metadata.topics.find((candidate) => candidate.topic === topic);
    expect(listed?.partitions.map(({ partition }) => partition).sort()).toEqual([0, 1]);
  });

  test('produces to a topic that is made on first use, and consumes it', async () => {
    const topic = uniqueName('made-by-kcat');
    await produce(topic, 'a:1\nb:2\n');
    expect(await consume(topic)).toBe('0 0 a=1\n0 1 b=2\n');
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s goes from kcat to kcat and to kafkajs', async (codec) => {
    const topic = await context().topic();
    const value = `${codec} `.repeat(200);
    await produce(topic, `k:${value}\n`, '-z', codec);
    expect(await consume(topic)).toBe(`0 0 k=${value}\n`);
    expect((await context().read(topic, 1)).map((message) => String(message.value))).toEqual([value]);
  });

  test('is idempotent on demand', async () => {
    const topic = await context().topic();
    await produce(topic, 'a:1\na:2\na:3\n', '-X', 'enable.idempotence=true');
    expect(await consume(topic)).toBe('0 0 a=1\n0 1 a=2\n0 2 a=3\n');
  });

  test('reads what kafkajs wrote, headers included', async () => {
    const topic = await context().topic();
    await context().send(topic, [{ key: 'k', value: 'v', headers: { stage: 'rest' } }]);
    expect(await kcat(['-C', '-t', topic, '-e', '-q', '-f', '%k %s %h\\n'])).toBe('k v stage=rest\n');
  });

  test('its murmur2_random partitioner agrees with that of kafkajs', async () => {
    const topic = await context().topic({ partitions: 6 });
    const keys = Array.from({ length: 30 }, (_, n) => `subject-${n}`);
    await produce(topic, keys.map((key) => `${key}:kcat\n`).join(''), '-X', 'partitioner=murmur2_random');
    await context().send(
      topic,
      keys.map((key) => ({ key, value: 'kafkajs' })),
    );
    const partitions = new Map<string, Set<string>>();
    for (const line of (await consume(topic)).trim().split('\n')) {
      const [, partition, key] = /^(\d+) \d+ (.+)=/.exec(line) as RegExpExecArray;
      partitions.set(key as string, (partitions.get(key as string) ?? new Set()).add(partition as string));
    }
    expect(partitions.size).toBe(30);
    for (const [key, found] of partitions) expect([key, found.size]).toEqual([key, 1]);
  });

  test('finds offsets by time', async () => {
    const topic = await context().topic();
    const time = Date.now() - 60_000;
    await context().send(topic, [
      { value: 'a', timestamp: String(time) },
      { value: 'b', timestamp: String(time + 1_000) },
    ]);
    expect(await kcat(['-Q', '-t', `${topic}:0:${time + 500}`])).toContain(`${topic} [0] offset 1`);
  });

  test('consumes in a group, commits, and goes on from there', async () => {
    const topic = await context().topic();
    const group = uniqueName('kcat-group');
    const consumeInGroup = () => kcat(['-q', '-e', '-X', 'auto.offset.reset=earliest', '-G', group, topic]);
    await produce(topic, 'a:1\na:2\n');
    expect(await consumeInGroup()).toBe('1\n2\n');
    await produce(topic, 'a:3\n');
    expect(await consumeInGroup()).toBe('3\n');
  });
}
