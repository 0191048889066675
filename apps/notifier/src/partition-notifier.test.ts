import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type BreathAlert, TOPICS, encode } from '#libs/contracts';
import { type CommitMark, type LogRecord, type OutgoingRecord, readDeadLetter } from '#libs/messaging';
import { PartitionNotifier } from './partition-notifier.js';
import type { Outcome } from './receiver-queue.js';

const DELIVERED: Outcome = { kind: 'delivered' };
const nowMs = Date.now();

function alertOf(alertId: string, sequence: number, changes: Partial<BreathAlert> = {}): BreathAlert {
  return {
    ...{ alertId, sequence, subjectId: 'anna', ruleId: 'fast', ruleVersion: 'f00d', severity: 'warning' },
    ...{ state: 'firing', reason: 'sustained', startedAt: nowMs - 60_000, at: nowMs - 1_000 },
    ...{ signal: 'rate', condition: 'above 25', value: 30, ratePerMinute: 30, lowerPerMinute: 28, upperPerMinute: 32 },
    ...{ baselinePerMinute: null, coverage: 1, receivedShare: 1, spanSeconds: 60, labels: {}, annotations: {} },
    ...{ groupKey: '{}', modelVersion: 'test' },
    ...changes,
  };
}

const recordOf = (offset: number, alert: BreathAlert | null, appendTimeMs = nowMs): LogRecord => ({
  topic: TOPICS.alerts,
  partition: 3,
  offset: BigInt(offset),
  appendTimeMs,
  key: Buffer.from('anna'),
  value: alert && encode('BreathAlert', alert),
  headers: {},
});

/** A notifier with receivers `ward` and `cluster`, who hear of everything; deliveries end when the test says so. */
class Scene {
  readonly told: string[] = [];
  readonly reminded: string[] = [];
  readonly letters: OutgoingRecord[] = [];
  readonly notifier: PartitionNotifier;
  isSilenced = false;
  private readonly ends = new Map<string, (outcome: Outcome) => void>();

  constructor(committed?: CommitMark) {
    const tellers = new Map(
      ['ward', 'cluster'].map((name) => [
        name,
        {
          tell: ({ alertId, sequence }: BreathAlert) => {
            const delivery = `${name} ${alertId}:${sequence}`;
            this.told.push(delivery);
            return new Promise<Outcome>((end) => this.ends.set(delivery, end));
          },
          remind: ({ alertId }: BreathAlert) => void this.reminded.push(`${name} ${alertId}`),
        },
      ]),
    );
    this.notifier = new PartitionNotifier(
      {
        partition: 3,
        rules: { routesOf: () => ['ward', 'cluster'], mutes: () => (this.isSilenced ? { by: 'silence' } : undefined) },
        tellers,
        append: (letters) => Promise.resolve(void this.letters.push(...letters)),
        logger: pino({ level: 'silent' }),
      },
      committed,
    );
  }

  take(...records: LogRecord[]): Promise<CommitMark> {
    return this.notifier.process(records, {
      committed: undefined,
      highWatermark: (records.at(-1) as LogRecord).offset + 1n,
      heartbeat: () => Promise.resolve(),
      isCurrent: () => true,
    });
  }

  /** Lets deliveries end, and returns the mark then. */
  async end(outcome: Outcome, ...deliveries: string[]): Promise<CommitMark | undefined> {
    for (const delivery of deliveries) this.ends.get(delivery)?.(outcome);
    await new Promise((resolve) => setImmediate(resolve));
    return this.notifier.durableMark();
  }
}
/** A scene in which alert `a` at offset 7 is silenced, and what is committed then. */
async function silenced(): Promise<[Scene, CommitMark]> {
  const scene = new Scene();
  scene.isSilenced = true;
  return [scene, await scene.take(recordOf(7, alertOf('a', 0)))];
}
const resolved = { state: 'resolved', reason: 'cleared' } as const;

describe('what is committed', () => {
  test('names each delivery that has not ended, and stays behind the beginning of its alert', async () => {
    const scene = new Scene();
    const mark = await scene.take(recordOf(7, alertOf('a', 0)), recordOf(8, alertOf('a', 1, resolved)));
    expect(mark).toEqual({ offset: 7n, metadata: '1;ward=9:7.1;cluster=9:7.1' });
    expect(await scene.end(DELIVERED, 'ward a:0')).toEqual({ offset: 7n, metadata: '1;ward=9:8;cluster=9:7.1' });
    expect(await scene.end(DELIVERED, 'ward a:1')).toEqual({ offset: 7n, metadata: '1;ward=9;cluster=9:7.1' });
    // Who was told of the beginning stands at 7; without it nobody would be told of the end.
    expect(await scene.end(DELIVERED, 'cluster a:0')).toEqual({ offset: 7n, metadata: '1;ward=9;cluster=9:8' });
    expect(await scene.end(DELIVERED, 'cluster a:1')).toEqual({ offset: 9n, metadata: '1;ward=9;cluster=9' });
  });

  test('stays behind the beginning of an alert that is open', async () => {
    const scene = new Scene();
    await scene.take(
      recordOf(7, alertOf('a', 0)),
      recordOf(9, alertOf('b', 0)),
      recordOf(12, alertOf('b', 1, resolved)),
    );
    const deliveries = ['a:0', 'b:0', 'b:1'].flatMap((change) => [`ward ${change}`, `cluster ${change}`]);
    expect(await scene.end(DELIVERED, ...deliveries)).toEqual({ offset: 7n, metadata: '1;ward=13;cluster=13' });
    await scene.take(recordOf(13, alertOf('a', 1, resolved)));
    const all = await scene.end(DELIVERED, 'ward a:1', 'cluster a:1');
    expect(all).toEqual({ offset: 14n, metadata: '1;ward=14;cluster=14' });
  });

  test('goes on behind what failed once it is set aside, and not behind what was abandoned', async () => {
    const scene = new Scene();
    await scene.take(recordOf(7, alertOf('a', 0)), recordOf(8, alertOf('a', 1, resolved)));
    await scene.end(DELIVERED, 'cluster a:0', 'cluster a:1', 'ward a:1');
    const failed: Outcome = { kind: 'failed', code: 'DELIVERY_FAILED', reason: 'status 500, after 2 tries' };
    expect(await scene.end(failed, 'ward a:0')).toMatchObject({ offset: 9n });
    expect(scene.letters).toHaveLength(1);
    const [letter] = scene.letters.map((one) => readDeadLetter({ ...recordOf(0, null), ...one } as LogRecord));
    expect(letter).toMatchObject({ code: 'DELIVERY_FAILED', stage: 'notifier', offset: '7' });
    expect(letter?.message).toBe('receiver ward: status 500, after 2 tries');

    const given = new Scene();
    await given.take(recordOf(7, alertOf('a', 0)));
    await given.end(DELIVERED, 'cluster a:0');
    given.notifier.close();
    expect(await given.end({ kind: 'abandoned' }, 'ward a:0')).toMatchObject({ metadata: '1;ward=8:7;cluster=8' });
  });

  test('goes on behind a record that is no alert, which is set aside', async () => {
    const scene = new Scene();
    expect(await scene.take(recordOf(7, null))).toEqual({ offset: 8n, metadata: '1;ward=8;cluster=8' });
    expect(scene.letters).toHaveLength(1);
  });
});

describe('a new owner', () => {
  test('of a partition that is empty commits where its first record will stand, so that it is told at any later time', async () => {
    const mark = new Scene({ offset: 7n }).notifier.durableMark();
    expect(mark).toEqual({ offset: 7n, metadata: '1;ward=7;cluster=7' });
    const scene = new Scene(mark);
    const yesterday = nowMs - 86_400_000;
    await scene.take(recordOf(7, alertOf('a', 0, { at: yesterday }), yesterday));
    expect(scene.told).toEqual(['ward a:0', 'cluster a:0']);
  });

  test('that has read nothing yet commits what was committed before', () => {
    const committed = { offset: 7n, metadata: '1;ward=9;cluster=8' };
    expect(new Scene(committed).notifier.durableMark()).toEqual(committed);
    expect(new Scene().notifier.durableMark()).toBeUndefined();
  });

  test('reads from the first open alert, and tells each receiver what it was not told yet', async () => {
    const scene = new Scene({ offset: 7n, metadata: '1;ward=10;cluster=10:8.1' });
    expect(scene.notifier.startAt).toBe(7n);
    const mark = await scene.take(recordOf(7, alertOf('a', 0)));
    expect(mark).toEqual({ offset: 7n, metadata: '1;ward=10;cluster=10:8.1' }); // no mark ever moves back
    await scene.take(recordOf(8, alertOf('b', 0)), recordOf(9, alertOf('a', 1, resolved)));
    await scene.take(recordOf(10, alertOf('b', 1, resolved)));
    expect(scene.told).toEqual(['cluster b:0', 'cluster a:1', 'ward b:1', 'cluster b:1']);
  });

  test('tells the end that an earlier owner still had to tell', async () => {
    const before = new Scene();
    await before.take(recordOf(7, alertOf('a', 0)), recordOf(8, alertOf('a', 1, resolved)));
    const mark = await before.end(DELIVERED, 'ward a:0', 'cluster a:0', 'cluster a:1');
    before.notifier.close();
    const scene = new Scene(mark);
    await scene.take(recordOf(7, alertOf('a', 0)), recordOf(8, alertOf('a', 1, resolved)));
    expect(scene.told).toEqual(['ward a:1']);
  });

  test('tells a receiver that is new of nothing that others were told of', async () => {
    const scene = new Scene({ offset: 7n, metadata: '1;ward=9' });
    await scene.take(recordOf(7, alertOf('a', 0)), recordOf(8, alertOf('b', 0)), recordOf(9, alertOf('c', 0)));
    expect(scene.told).toEqual(['ward c:0', 'cluster c:0']);
  });

  test('takes a position that somebody set by hand as it is', async () => {
    const scene = new Scene({ offset: 7n, metadata: '' });
    await scene.take(recordOf(7, alertOf('a', 0)));
    expect(scene.told).toEqual(['ward a:0', 'cluster a:0']);
  });

  test('of a log that was never committed tells what came in the last ten minutes, and the end of the rest', async () => {
    const scene = new Scene();
    const before = nowMs - 3_600_000;
    await scene.take(
      recordOf(7, alertOf('a', 0, { at: before }), before),
      recordOf(8, alertOf('b', 0)),
      recordOf(9, alertOf('a', 1, resolved)),
    );
    expect(scene.told).toEqual(['ward b:0', 'cluster b:0', 'ward a:1', 'cluster a:1']);
  });

  test('reminds of what is open, once the end of the log was seen', async () => {
    const scene = new Scene({ offset: 7n, metadata: '1;ward=8;cluster=8' });
    await scene.notifier.tick();
    await scene.take(recordOf(7, alertOf('a', 0)));
    await scene.notifier.tick();
    expect(scene.reminded).toEqual(['ward a', 'cluster a']);
  });
});

describe('what is silenced', () => {
  test('is told when the silence ends and it still fires, once, and its end afterwards', async () => {
    const [scene, mark] = await silenced();
    expect(mark).toEqual({ offset: 7n, metadata: '1;ward=8:7;cluster=8:7' });
    await scene.notifier.tick();
    expect(scene.told).toEqual([]);
    scene.isSilenced = false;
    await scene.notifier.tick();
    await scene.notifier.tick();
    expect(scene.told).toEqual(['ward a:0', 'cluster a:0']);
    expect(await scene.end(DELIVERED, ...scene.told)).toEqual({ offset: 7n, metadata: '1;ward=8;cluster=8' });
    await scene.take(recordOf(8, alertOf('a', 1, resolved)));
    expect(scene.told).toContain('ward a:1');
  });

  test('is told when the silence ends, also where a repeat came late meanwhile', async () => {
    const [scene] = await silenced();
    const mark = await scene.take(recordOf(8, alertOf('a', 1), nowMs + 11 * 60_000));
    expect(mark).toEqual({ offset: 7n, metadata: '1;ward=9:7;cluster=9:7' });
    scene.isSilenced = false;
    await scene.notifier.tick();
    expect(scene.told).toEqual(['ward a:0', 'cluster a:0']);
  });

  test('is nothing to tell once it ended, was suppressed, or fired anew outside the silence', async () => {
    const [scene] = await silenced();
    expect(await scene.take(recordOf(8, alertOf('a', 1, resolved)))).toEqual({
      offset: 9n,
      metadata: '1;ward=9;cluster=9',
    });
    await scene.take(recordOf(9, alertOf('b', 0)));
    scene.isSilenced = false;
    await scene.take(recordOf(10, alertOf('b', 1)));
    await scene.notifier.tick();
    expect(scene.told).toEqual(['ward b:1', 'cluster b:1']);
  });

  test('is told by a later owner, where the silence ended meanwhile, and not again by the one after', async () => {
    const [, mark] = await silenced();
    const later = new Scene(mark);
    later.isSilenced = true;
    await later.take(recordOf(7, alertOf('a', 0)));
    later.isSilenced = false;
    await later.notifier.tick();
    expect(later.told).toEqual(['ward a:0', 'cluster a:0']);
    const last = new Scene(await later.end(DELIVERED, ...later.told));
    last.isSilenced = true; // it is judged by its own time
    await last.take(recordOf(7, alertOf('a', 0)));
    last.isSilenced = false;
    await last.notifier.tick();
    expect(last.told).toEqual([]);
    await last.take(recordOf(8, alertOf('a', 1, resolved)));
    expect(last.told).toEqual(['ward a:1', 'cluster a:1']);
  });
});
