import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeIf } from '../support/describe-if.js';
import { readCsv, recordingsAreThere, recordingsFolder } from '../support/recordings.js';
import { Stack, eventually, root, runCommand } from '../support/stack.js';

/** One bundle per fold, trained without the fold's people, and who they are. */
const FOLDS = join(root, 'models/default-folds');
const foldsAreThere = existsSync(join(FOLDS, 'folds.json'));

const [WINDOW_SECONDS, HOP_SECONDS, SHORTEST_SECONDS] = [6, 3, 4];
const SPEED = 60;
const NEAR_PER_MINUTE = 5;
const WANTED_SHARE = 0.8;

interface Session {
  sessionId: string;
  subjectId: string;
  file: string;
  seconds: number;
}

interface Row {
  session_id: string;
  start_seconds: number;
  window_seconds: number;
  rr_per_minute: number;
}

/** [start, length] of each window of a recording: the grid, and a last one of 4 s or more. */
function expectedWindows(seconds: number): [number, number][] {
  const windows: [number, number][] = [];
  let start = 0;
  for (; start + WINDOW_SECONDS <= seconds; start += HOP_SECONDS) windows.push([start, WINDOW_SECONDS]);
  if (seconds - start >= SHORTEST_SECONDS) windows.push([start, seconds - start]);
  return windows;
}

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

const reason = recordingsAreThere ? 'models/default-folds is missing' : `no recordings in ${recordingsFolder}`;

describeIf(recordingsAreThere && foldsAreThere, reason, 'real recordings of people whom the model never heard', () => {
  let stack: Stack;
  const sessions: Session[] = [];
  let rows: Row[] = [];

  beforeAll(async () => {
    stack = await Stack.start(['gateway', 'recorder']);
    const { folds } = JSON.parse(readFileSync(join(FOLDS, 'folds.json'), 'utf8')) as {
      folds: { bundle: string; heldOutSubjects: string[] }[];
    };
    const recordings = readCsv(join(recordingsFolder, 'recordings.csv'));
    for (const { bundle, heldOutSubjects } of folds) {
      const folder = join(stack.home, bundle);
      mkdirSync(folder);
      for (const { recording_id: id, subject_id: subject } of recordings) {
        if (id && subject && heldOutSubjects.includes(subject)) {
          symlinkSync(join(recordingsFolder, 'audio', `${id}.flac`), join(folder, `${id}.flac`));
        }
      }
      await stack.run('estimator', { MODEL_PATH: join(FOLDS, bundle) });
      const replay = await runCommand(
        ['dist/apps/simulator/src/main.js', 'replay', folder, '--subject-from-name', '--speed', String(SPEED)],
        stack.environment(),
      );
      expect(replay.status, replay.stderr).toBe(0);
      const said = JSON.parse(replay.stdout.trim().split('\n').at(-1) ?? '') as { sessions: Session[] };
      sessions.push(...said.sessions);
      const wanted = sessions.reduce((sum, { seconds }) => sum + expectedWindows(seconds).length, 0);
      await eventually('all windows of the fold', countRows, (count) => count >= wanted);
      await stack.kill('estimator', 'SIGTERM');
    }
    rows = await stack.rows<Row>(
      `SELECT session_id, start_sample / 16000 AS start_seconds, window_seconds, rr_per_minute
       FROM eupnea.estimates FINAL ORDER BY session_id, start_seconds`,
    );
  }, 280_000);
  afterAll(() => stack?.stop());

  const countRows = async () =>
    Number((await stack.rows<{ n: string }>('SELECT toString(count()) AS n FROM eupnea.estimates FINAL'))[0]?.n);

  const rowsOf = (session: Session) => rows.filter((row) => row.session_id === session.sessionId);

  test('every window expected from the lengths of the recordings is there once, and nothing else', () => {
    expect(sessions).toHaveLength(readCsv(join(recordingsFolder, 'recordings.csv')).length);
    for (const session of sessions) {
      const found = rowsOf(session).map((row) => [row.start_seconds, row.window_seconds.toFixed(2)]);
      expect(found, session.file).toEqual(
        expectedWindows(session.seconds).map(([start, length]) => [start, length.toFixed(2)]),
      );
    }
    expect(rows).toHaveLength(sessions.reduce((sum, { seconds }) => sum + expectedWindows(seconds).length, 0));
  });

  test('the median over a recording’s windows is within 5 /min of its annotated rate for 80 % of the recordings', () => {
    const annotated = new Map(
      readCsv(join(recordingsFolder, 'recordings.csv')).map((row) => [
        row['recording_id'],
        Number(row['median_rr_bpm']),
      ]),
    );
    const errors = sessions.flatMap((session) => {
      const rates = rowsOf(session).map((row) => row.rr_per_minute);
      const truth = annotated.get(session.file.replace(/^.*\//, '').replace(/\.flac$/, ''));
      return rates.length === 0 || truth === undefined ? [] : [Math.abs(median(rates) - truth)];
    });
    const near = errors.filter((error) => error <= NEAR_PER_MINUTE).length;
    console.log(
      `${near} of ${errors.length} recordings within ${NEAR_PER_MINUTE} /min (median error ${median(errors).toFixed(2)})`,
    );
    expect(errors.length).toBeGreaterThan(0.9 * sessions.length);
    expect(near / errors.length).toBeGreaterThanOrEqual(WANTED_SHARE);
  });
});
