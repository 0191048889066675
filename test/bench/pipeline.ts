import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, ensureTopics, LogProducer, type OutgoingRecord } from '#libs/messaging';
import { TOPICS, deadLetterTopic, encode } from '#libs/contracts';
import { createLogger } from '#libs/platform';
import type { Kafka } from 'kafkajs';
import { Stack } from '../support/stack.js';
import { summarise } from './measure.js';

const ROUNDS = 5;
const PRELOADED_STREAMS = 100;
const PRELOADED_SECONDS = 60;
const LIVE_SECONDS = 30;
/** The first windows come after 6 s; latency is counted from then on. */
const WARM_UP_SECONDS = 7;
const RATE_HZ = 16_000;

const NOISE = Buffer.alloc(2 * RATE_HZ);
for (let n = 0; n < RATE_HZ; n++) NOISE.writeInt16LE((Math.imul(n + 1, 2_654_435_761) >> 20) & 0xfff, 2 * n);

/** One second of 16 kHz PCM. */
function chunk(run: string, stream: number, second: number, sessionStartedAt: number): OutgoingRecord {
  const subjectId = `bench-${run}-${stream}`;
  const value = encode('AudioChunk', {
    subjectId,
    deviceId: 'bench',
    sessionId: run,
    sessionStartedAt,
    sampleOffset: second * RATE_HZ,
    sampleRateHz: RATE_HZ,
    channels: 1,
    encoding: 'pcm_s16le',
    preRollSamples: 0,
    audio: NOISE,
    restState: 'rest',
    restStateSource: 'declared',
    stage: 'none',
    environment: 'indoor',
    timeZone: 'UTC',
    endOfSession: false,
  });
  return { topic: TOPICS.audio, key: subjectId, value };
}

/**
 * The estimator as a process of its own, over the local broker or the one in KAFKA_BROKERS (whose topics it fills).
 * Throughput: a preloaded topic, read anew by a new group in each round. Latency: an estimate's LogAppendTime minus that
 * of the chunk that completed its window, with devices that each send a chunk every second.
 */
export async function run(): Promise<Record<string, unknown>> {
  const brokers = process.env['KAFKA_BROKERS'];
  const stack = await Stack.start([], { ...(brokers ? { KAFKA_BROKERS: brokers } : {}), CLICKHOUSE_URL: 'none' });
  const kafka = createKafka([stack.kafkaBrokers], 'bench', createLogger('bench', 'warn'));
  const producer = new LogProducer(kafka);
  try {
    await ensureTopics(kafka, [TOPICS.audio, TOPICS.estimates, deadLetterTopic(TOPICS.audio)]);
    const rates = await throughput(stack, producer);
    await stack.run('estimator', { ESTIMATOR_GROUP: `bench-live-${process.pid}`, LOG_LEVEL: 'warn' });
    await pollUntil(stack, (chunks) => chunks >= PRELOADED_STREAMS * PRELOADED_SECONDS);
    const live: Record<string, unknown> = {};
    for (const streams of [100, 300]) live[`live${streams}`] = await latency(stack, kafka, producer, streams);
    return { preloadedChunks: PRELOADED_STREAMS * PRELOADED_SECONDS, ...rates, ...live };
  } finally {
    await producer.disconnect();
    await stack.stop();
  }
}

/** Chunks per second, and per second of the process's own CPU time, which a busy machine disturbs less. */
async function throughput(stack: Stack, producer: LogProducer): Promise<Record<string, Spread>> {
  const sessionStartedAt = Date.now() - 120_000;
  for (let second = 0; second < PRELOADED_SECONDS; second++) {
    await producer.append(
      Array.from({ length: PRELOADED_STREAMS }, (_, stream) => chunk('preloaded', stream, second, sessionStartedAt)),
    );
  }
  const total = PRELOADED_STREAMS * PRELOADED_SECONDS;
  const perSecond: number[] = [];
  const perCpuSecond: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await stack.run('estimator', { ESTIMATOR_GROUP: `bench-${process.pid}-${round}`, LOG_LEVEL: 'warn' });
    const first = await pollUntil(stack, (chunks) => chunks > 0);
    const last = await pollUntil(stack, (chunks) => chunks >= total);
    await stack.kill('estimator', 'SIGTERM');
    const chunks = last.chunks - first.chunks;
    perSecond.push(chunks / (last.seconds - first.seconds));
    perCpuSecond.push(chunks / (last.cpuSeconds - first.cpuSeconds));
    console.log(
      `round ${round + 1}: ${Math.round(perSecond[round] ?? 0)} chunks/s, ${Math.round(perCpuSecond[round] ?? 0)} per CPU second`,
    );
  }
  return { chunksPerSecond: spreadOf(perSecond), chunksPerCpuSecond: spreadOf(perCpuSecond) };
}

interface Spread {
  median: number;
  lowest: number;
  highest: number;
}

function spreadOf(values: number[]): Spread {
  const { medianMs: median, lowestMs: lowest, highestMs: highest } = summarise(values.map(Math.round));
  return { median, lowest, highest };
}

interface Progress {
  chunks: number;
  cpuSeconds: number;
  seconds: number;
}

async function pollUntil(stack: Stack, isThere: (chunks: number) => boolean): Promise<Progress> {
  for (;;) {
    const progress = await progressOf(stack);
    if (isThere(progress.chunks)) return progress;
    await sleep(50);
  }
}

async function progressOf(stack: Stack): Promise<Progress> {
  const text = await (await fetch(`${stack.url('estimator')}/metrics`)).text();
  const metric = (name: string) => {
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return {
    chunks: metric('eupnea_chunks_total'),
    cpuSeconds: metric('process_cpu_seconds_total'),
    seconds: performance.now() / 1000,
  };
}

async function latency(stack: Stack, kafka: Kafka, producer: LogProducer, streams: number) {
  const run = `live-${streams}-${process.pid}`;
  const latencies: number[] = [];
  const startedAt = Date.now();
  const consumer = kafka.consumer({ groupId: `bench-reader-${run}` });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPICS.estimates, fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message: { key, timestamp, headers } }) => {
      if (!key?.toString().startsWith(`bench-${run}-`)) return;
      const appendedAt = Number(String(headers?.['eupnea-chunk-appended-at']));
      if (appendedAt > startedAt + 1000 * WARM_UP_SECONDS) latencies.push(Number(timestamp) - appendedAt);
    },
  });
  const before = await progressOf(stack);
  const began = Date.now();
  const sending = Array.from({ length: streams }, async (_, stream) => {
    await sleep((1000 * stream) / streams);
    for (let second = 0; second < LIVE_SECONDS; second++) {
      await producer.append([chunk(run, stream, second, began)]);
      await sleep(Math.max(0, began + 1000 * (second + 1 + stream / streams) - Date.now()));
    }
  });
  await Promise.all(sending);
  const after = await pollUntil(stack, (chunks) => chunks >= before.chunks + streams * LIVE_SECONDS);
  const cores = (after.cpuSeconds - before.cpuSeconds) / (after.seconds - before.seconds);
  await sleep(2_000);
  await consumer.disconnect();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? -1;
  const result = {
    estimates: latencies.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    worstMs: at(1),
    cores: Number(cores.toFixed(2)),
  };
  console.log(`${streams} live streams: ${JSON.stringify(result)}`);
  return result;
}
