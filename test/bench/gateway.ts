import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { encodeFrame, type ServerMessage } from '#libs/device-client';
import { issueToken } from '#libs/device-tokens';
import { WebSocket } from 'ws';
import { Stack, TOKEN_SECRET } from '../support/stack.js';
import { rounded, summarise } from './measure.js';

const ROUNDS = 5;
const ROUND_MS = 6_000;
/** Connections that send as fast as they are acknowledged. */
const BUSY = 50;
const IN_FLIGHT = 16;
/** Sessions that are only held. */
const HELD = 2_000;
const RATE_HZ = 16_000;

/** A second of 16 kHz PCM. */
const SOUND = Buffer.alloc(2 * RATE_HZ);
for (let n = 0; n < RATE_HZ; n++) SOUND.writeInt16LE((Math.imul(n + 1, 2_654_435_761) >> 20) & 0xfff, 2 * n);

interface Server {
  url: string;
  cpuSeconds: () => Promise<number>;
}

/**
 * One gateway process over the local broker, and beside it a bare `ws` server that only acknowledges. Both get the same
 * frames from the same senders, in turn; what counts is chunks per second of their own CPU time, since senders and
 * broker share the machine with them. A device in real time sends one such chunk a second.
 */
export async function run(): Promise<Record<string, unknown>> {
  const stack = await Stack.start(['gateway'], {
    CLICKHOUSE_URL: 'none',
    LOG_LEVEL: 'warn',
    GATEWAY_CHUNKS_PER_SECOND: '100000',
    GATEWAY_CREDITS: String(IN_FLIGHT),
    // The senders may be starved of CPU; that is not what is measured.
    GATEWAY_CLIENT_TIMEOUT_MS: '600000',
    GATEWAY_PING_EVERY_MS: '600000',
  });
  const peer = spawn(process.execPath, [fileURLToPath(new URL('./peers/raw-ws.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const raw = await rawServer(peer);
    const gateway: Server = {
      url: `${stack.url('gateway').replace('http', 'ws')}/v1/stream`,
      cpuSeconds: () => metric(stack, 'process_cpu_seconds_total'),
    };
    const rates: Record<'gateway' | 'raw', Rate[]> = { gateway: [], raw: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rates.gateway.push(await load(gateway, `round-${round}`));
      rates.raw.push(await load(raw, `round-${round}`));
      console.log(
        `round ${round + 1}: gateway ${describe(rates.gateway.at(-1))}; raw ws ${describe(rates.raw.at(-1))}`,
      );
    }
    const held = await hold(stack, gateway);
    const [ours, bare] = [spreadOf(rates.gateway), spreadOf(rates.raw)];
    return {
      gateway: ours,
      rawWs: bare,
      ratioPerCpuSecond: rounded(ours.perCpuSecond.median / bare.perCpuSecond.median),
      held,
    };
  } finally {
    peer.kill('SIGKILL');
    await stack.stop();
  }
}

async function rawServer(peer: ChildProcess): Promise<Server> {
  const [port] = (await once(peer.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const url = `ws://127.0.0.1:${String(port).trim()}`;
  const control = new WebSocket(url);
  await once(control, 'open');
  const cpuSeconds = async () => {
    control.send('cpu');
    const [answer] = (await once(control, 'message')) as [Buffer];
    return (JSON.parse(String(answer)) as { cpuSeconds: number }).cpuSeconds;
  };
  return { url, cpuSeconds };
}

interface Rate {
  perSecond: number;
  perCpuSecond: number;
}

const describe = (rate: Rate | undefined): string =>
  `${Math.round(rate?.perSecond ?? 0)} chunks/s, ${Math.round(rate?.perCpuSecond ?? 0)} per CPU second`;

async function load(server: Server, name: string): Promise<Rate> {
  const senders = await Promise.all(Array.from({ length: BUSY }, (_, n) => connect(server.url, `${name}-${n}`)));
  const before = { cpuSeconds: await server.cpuSeconds(), atMs: performance.now() };
  const chunks = await Promise.all(senders.map((socket) => sendFor(socket, ROUND_MS)));
  const cpuSeconds = (await server.cpuSeconds()) - before.cpuSeconds;
  const seconds = (performance.now() - before.atMs) / 1000;
  for (const socket of senders) socket.close();
  const total = chunks.reduce((sum, count) => sum + count, 0);
  return { perSecond: total / seconds, perCpuSecond: total / cpuSeconds };
}

/** A session that was welcomed. */
async function connect(url: string, subjectId: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const { token } = await issueToken(TOKEN_SECRET, {
    subjectId,
    deviceId: 'bench',
    expiresAtMs: Date.now() + 3_600_000,
  });
  const facts = {
    sessionId: subjectId,
    sessionStartedAt: Date.now() - 3_600_000,
    sampleRateHz: RATE_HZ,
    encoding: 'pcm_s16le',
  };
  socket.send(JSON.stringify({ type: 'hello', token, ...facts }));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  const { type } = JSON.parse(String(answer)) as ServerMessage;
  if (type !== 'welcome') throw new Error(`no welcome but ${String(answer)}`);
  return socket;
}

/** Sends as fast as it is acknowledged. @returns the chunks that were acknowledged in that time */
function sendFor(socket: WebSocket, forMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let acknowledged = 0;
    const until = performance.now() + forMs;
    const fill = () => {
      while (sent - acknowledged < IN_FLIGHT) {
        socket.send(encodeFrame({ sampleOffset: sent * RATE_HZ, preRollSamples: 0, audio: SOUND }));
        sent += 1;
      }
    };
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type !== 'ack') return reject(new Error(String(data)));
      acknowledged = Math.ceil(message.durableOffset / RATE_HZ);
      if (performance.now() < until) fill();
      else if (acknowledged === sent) resolve(acknowledged);
    });
    fill();
  });
}

/** What a session costs that only is there. */
async function hold(stack: Stack, gateway: Server): Promise<Record<string, number>> {
  const before = await metric(stack, 'process_resident_memory_bytes');
  const sockets: WebSocket[] = [];
  for (let n = 0; n < HELD; n++) sockets.push(await connect(gateway.url, `held-${n}`));
  const sessions = await metric(stack, 'eupnea_gateway_sessions');
  const after = await metric(stack, 'process_resident_memory_bytes');
  for (const socket of sockets) socket.terminate();
  return {
    sessions,
    kilobytesEach: rounded((after - before) / HELD / 1000),
    residentMegabytes: Math.round(after / 1e6),
  };
}

async function metric(stack: Stack, name: string): Promise<number> {
  const text = await (await fetch(`${stack.url('gateway')}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{.*\\} (.*)$`, 'm').exec(text)?.[1]);
}

interface Spread {
  median: number;
  lowest: number;
  highest: number;
}

function spreadOf(rates: Rate[]): Record<keyof Rate, Spread> {
  const spread = (values: number[]): Spread => {
    const { medianMs: median, lowestMs: lowest, highestMs: highest } = summarise(values.map(Math.round));
    return { median, lowest, highest };
  };
  return {
    perSecond: spread(rates.map(({ perSecond }) => perSecond)),
    perCpuSecond: spread(rates.map(({ perCpuSecond }) => perCpuSecond)),
  };
}
