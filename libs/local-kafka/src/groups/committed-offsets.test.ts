import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ErrorCode } from '../protocol/error-codes.js';
import { CommittedOffsets } from './committed-offsets.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'committed-offsets-'));
  file = join(folder, 'offsets.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (offset: number, metadata: string | null = null, partition = 0) => ({
  topic: 't',
  partition,
  offset,
  metadata,
});

it('are there again after a restart, with their metadata', () => {
  const offsets = new CommittedOffsets(file);
  offsets.commit('g', [at(5, 'H=7'), at(9, null, 1)]);
  offsets.commit('g', [at(6, 'H=8 "ü"\n')]);
  // not closed: as after a SIGKILL
  expect(new CommittedOffsets(file).all('g')).toEqual([at(6, 'H=8 "ü"\n'), at(9, null, 1)]);
});

it('lose only an unfinished last line, wherever it was cut', () => {
  const offsets = new CommittedOffsets(file);
  offsets.commit('g', [at(1)]);
  const whole = statSync(file).size;
  offsets.commit('g', [at(2)]);
  offsets.close();
  for (let size = statSync(file).size - 1; size >= whole; size--) {
    truncateSync(file, size);
    const recovered = new CommittedOffsets(file);
    expect([recovered.find('g', 't', 0)?.offset, recovered.tornBytes]).toEqual([1, size - whole]);
    recovered.close();
    appendFileSync(file, '["g","t",0,2,nu');
  }
});

it('survive a flipped bit: the commit before stands, later ones and other partitions are as they were', () => {
  const offsets = new CommittedOffsets(file);
  offsets.commit('g', [at(1)]);
  offsets.commit('g', [at(7, null, 1)]);
  const start = statSync(file).size;
  offsets.commit('g', [at(2)]);
  const end = statSync(file).size;
  offsets.commit('other', [at(9)]);
  offsets.close();
  const whole = readFileSync(file);
  for (let bit = start * 8; bit < end * 8; bit += 3) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    writeFileSync(file, damaged);
    const recovered = new CommittedOffsets(file);
    expect(recovered.damagedLines).toBeGreaterThan(0);
    expect(recovered.all('g')).toEqual([at(1), at(7, null, 1)]);
    // The end of the line flipped joins it to the next one, and costs that one too.
    if (bit < (end - 1) * 8) expect(recovered.find('other', 't', 0)?.offset).toBe(9);
    recovered.close();
  }
});

it("are forgotten at the client's time, else when their group was idle for the retention", () => {
  const offsets = new CommittedOffsets(file);
  offsets.commit('g', [{ ...at(1), expiresAtMs: 1_000 }, at(2, null, 1)]);
  expect(offsets.expire('g', 999, 500, 10_000)).toBe(0);
  expect(offsets.expire('g', 1_000, 500, 10_000)).toBe(1);
  const reopened = new CommittedOffsets(file);
  expect(reopened.all('g')).toEqual([at(2, null, 1)]);
  expect(reopened.expire('g', 10_500, 500, 10_000)).toBe(1);
  expect(reopened.groupIds()).toEqual([]);
});

it('are forgotten with their group or topic, also after a restart', () => {
  const offsets = new CommittedOffsets(file);
  offsets.commit('g', [at(1)]);
  offsets.commit('other', [at(2)]);
  offsets.forgetGroup('g');
  expect(new CommittedOffsets(file).groupIds()).toEqual(['other']);
  offsets.forgetTopic('t');
  expect(new CommittedOffsets(file).groupIds()).toEqual([]);
});

it('take no more room than a multiple of what is current', () => {
  const offsets = new CommittedOffsets(file);
  for (let offset = 0; offset < 25_000; offset++) offsets.commit('g', [at(offset)]);
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(10_001);
  expect(new CommittedOffsets(file).find('g', 't', 0)?.offset).toBe(24_999);
});

it('are committed also while their file cannot be rewritten, and rewritten when it can', () => {
  const offsets = new CommittedOffsets(file);
  mkdirSync(`${file}.new`); // in the way of the rewrite
  for (let offset = 0; offset < 12_000; offset++) offsets.commit('g', [at(offset)]);
  expect(new CommittedOffsets(file).find('g', 't', 0)?.offset).toBe(11_999);
  rmSync(`${file}.new`, { recursive: true });
  for (let offset = 12_000; offset < 24_000; offset++) offsets.commit('g', [at(offset)]);
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(10_001);
  expect(new CommittedOffsets(file).find('g', 't', 0)?.offset).toBe(23_999);
});

it('answer KAFKA_STORAGE_ERROR where they cannot be written, and keep what was committed', () => {
  const offsets = new CommittedOffsets(file);
  offsets.commit('g', [at(1)]);
  offsets.close();
  expect(() => offsets.commit('g', [at(2)])).toThrow(expect.objectContaining({ code: ErrorCode.KAFKA_STORAGE_ERROR }));
  expect(offsets.find('g', 't', 0)?.offset).toBe(1);
});
