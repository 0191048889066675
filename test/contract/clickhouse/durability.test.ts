import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LocalServer } from './servers.js';

/** Each is one to two seconds on two cores. More of them: DURABILITY_KILLS=200 npm run test:contract -- -- durability */
const KILLS = Number(process.env['DURABILITY_KILLS'] ?? 6);
const SEED = Number(process.env['DURABILITY_SEED'] ?? Date.now() % 1_000_000);
const BLOCK_ROWS = 20_000;
const LATEST_KILL_MS = 250;

let server: LocalServer;
beforeAll(async () => void (server = await LocalServer.start()));
afterAll(() => server.stop());

const post = (body: string) => fetch(server.url, { method: 'POST', body });
const query = async (text: string) => {
  const answer = await post(`${text} FORMAT JSONCompactEachRow`);
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).trim();
  return lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line) as number[]);
};
const momentMs = (kill: number): number =>
  (LATEST_KILL_MS * createHash('sha256').update(`${SEED},${kill}`).digest().readUInt32BE()) / 2 ** 32;

/** The rows of one block in two months: a part each, as the recorder's inserts have them around midnight of a first. */
function insertOf(block: number): string {
  const rows = Array.from({ length: BLOCK_ROWS }, (_, n) => `${block}\t${n}\t${n % 2}`);
  return `INSERT INTO blocks FORMAT TSV\n${rows.join('\n')}\n`;
}

test(
  `an answered insert survives ${KILLS} SIGKILLs, and an unanswered one leaves of each part all or nothing (seed ${SEED})`,
  async () => {
    const columns = 'block UInt32, n UInt32, month UInt8';
    const table = `CREATE TABLE blocks (${columns}) ENGINE = ReplacingMergeTree PARTITION BY month ORDER BY (block, n)`;
    expect((await post(table)).status).toBe(200);
    const answered = new Set<number>();
    let block = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const first = block;
      const inserting = (async () => {
        for (;;) {
          const mine = block++;
          const { ok } = await post(insertOf(mine));
          expect(ok).toBe(true);
          answered.add(mine);
        }
      })().catch((error: unknown) => {
        if (!(error instanceof TypeError)) throw error; // fetch says so where the connection broke
      });
      await expect.poll(() => block, { interval: 2, timeout: 10_000 }).toBeGreaterThan(first);
      await sleep(momentMs(kill));
      await server.kill('SIGKILL');
      await inserting;
      await server.run();
      const parts = await query(
        `SELECT block, toUInt32(count()), toUInt32(sum(n)) FROM blocks WHERE block >= ${first} GROUP BY block, month ORDER BY block, month`,
      );
      const half = BLOCK_ROWS / 2;
      for (const [, rows, sum] of parts)
        expect([rows, [half * (half - 1), half * half]]).toEqual([half, expect.arrayContaining([sum])]);
      for (let id = first; id < block; id++) {
        if (answered.has(id)) expect(parts.filter(([stored]) => stored === id)).toHaveLength(2);
      }
    }
    const [[rows] = []] = await query('SELECT toUInt32(count()) FROM blocks');
    expect(rows).toBeGreaterThanOrEqual(answered.size * BLOCK_ROWS);
    expect(answered.size).toBeGreaterThan(0);
    console.log(
      JSON.stringify({ kills: KILLS, seed: SEED, blocks: block, answered: answered.size, lost: 0, partial: 0 }),
    );
  },
  60_000 + KILLS * 15_000,
);

test('a flipped bit in a part fails the queries that read it, by its checksum, and no others', async () => {
  await post('CREATE TABLE flipped (id UInt32, text String) ENGINE = MergeTree PARTITION BY id ORDER BY id');
  for (const id of [1, 2]) await post(`INSERT INTO flipped SELECT ${id}, 'the text of ${id}'`);
  const answer = await post("SELECT path FROM system.parts WHERE table = 'flipped' AND partition = '1' AND active");
  const file = join((await answer.text()).trim(), 'data.bin');
  await server.kill('SIGKILL');
  const content = readFileSync(file);
  const last = content.length - 1;
  content[last] = (content[last] as number) ^ 1;
  writeFileSync(file, content);
  await server.run();
  expect(await query('SELECT id FROM flipped WHERE id = 2')).toEqual([[2]]);
  const refused = await post('SELECT text FROM flipped WHERE id = 1');
  expect([refused.status, await refused.text()]).toEqual([500, expect.stringContaining('CHECKSUM_DOESNT_MATCH')]);
});
