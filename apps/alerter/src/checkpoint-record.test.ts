import { describe, expect, test } from 'vitest';
import { type RuleSetChange, TOPICS, encode } from '#libs/contracts';
import { CheckpointContents, checkpointRecord, rulesRecord, tombstone } from './checkpoint-record.js';

const checkpoint = (subjectId: string, asOf: number) => ({
  subjectId,
  asOf,
  rulesVersion: 3,
  snapshot: { watermarkMs: 7, subjects: {} },
});
const rules = (version: number, text: string): RuleSetChange => ({
  version,
  files: { 'a.yaml': text },
  author: 'x',
  changedAt: 0,
});

/** What a new owner reads when these records stand in the topic. */
function contentsOf(records: ReturnType<typeof checkpointRecord>[]): CheckpointContents {
  const contents = new CheckpointContents();
  for (const { key, value, headers = {} } of records) contents.apply({ key: Buffer.from(key ?? ''), value, headers });
  return contents;
}

describe('checkpoints on the wire', () => {
  test('the newest of each person comes back as it was, in the partition of the log', () => {
    const records = [checkpoint('anna', 5), checkpoint('bert', 6), checkpoint('anna', 9)].map((one) =>
      checkpointRecord(4, one),
    );
    expect(records[0]).toMatchObject({ topic: TOPICS.alertingCheckpoints, partition: 4, key: 'subject/anna' });
    const { checkpoints } = contentsOf(records);
    expect([...checkpoints.values()]).toEqual([checkpoint('anna', 9), checkpoint('bert', 6)]);
  });

  test('who was forgotten is gone, whatever the name looks like', () => {
    const odd = 'rules/1';
    const records = [
      checkpointRecord(0, checkpoint(odd, 1)),
      rulesRecord(0, rules(1, 'first')),
      tombstone(0, { subjectId: odd, asOf: 1 }),
    ];
    const contents = contentsOf(records);
    expect(contents.checkpoints.size).toBe(0);
    expect(contents.rules.get(1)?.files).toEqual({ 'a.yaml': 'first' });
  });

  test('what a zombie writes late undoes nothing', () => {
    const newest = checkpointRecord(0, checkpoint('anna', 9));
    const late = [tombstone(0, { subjectId: 'anna', asOf: 8 }), checkpointRecord(0, checkpoint('anna', 7))];
    expect([...contentsOf([newest, ...late]).checkpoints.values()]).toEqual([checkpoint('anna', 9)]);
    expect(contentsOf([newest, tombstone(0, { subjectId: 'anna', asOf: 9 })]).checkpoints.size).toBe(0);
  });

  test('of two sets with one version the first one counts', () => {
    const contents = contentsOf([rulesRecord(0, rules(1, 'first')), rulesRecord(0, rules(1, 'second'))]);
    expect(contents.rules.get(1)?.files).toEqual({ 'a.yaml': 'first' });
  });

  test('one that cannot be read refuses the start, since going on without would forget a person; the log names nobody', () => {
    const contents = new CheckpointContents();
    const foreign = encode('AlertingCheckpoint', { ...checkpoint('anna', 1), format: 99, snapshot: Buffer.alloc(0) });
    const apply = (value: Buffer) => contents.apply({ key: Buffer.from('subject/anna'), value, headers: {} });
    expect(() => apply(foreign)).toThrow(/^a checkpoint has format 99/);
    expect(() => apply(Buffer.from('rubbish'))).toThrow(/^a checkpoint: /);
  });
});
