import { encodeFlac } from '#libs/audio';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeIf } from '../../../../test/support/describe-if.js';
import { recordingsAreThere, recordingsFolder } from '../../../../test/support/recordings.js';
import { writeStudy } from '../simulated/write-study.js';
import { writeTinyData } from '../testing/tiny.js';
import { checkData } from './check-data.js';
import { readPacedData } from './paced-data.js';
import { splitPeople, writeSplit } from './people-split.js';
import { readSegmentTables } from './segment-tables.js';

const check = (folder: string) => checkData(folder, () => {});
const faultsOf = (folder: string) => check(folder).flatMap(({ faults }) => faults);

/** Rewrites one line of a table; the line after the last one adds a row. */
function editLine(file: string, line: number, edit: (row: string) => string): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  lines[line - 1] = edit(lines[line - 1] ?? '');
  writeFileSync(file, lines.join('\n') + '\n');
}

describe('a check of annotated recordings and noise', () => {
  let folder: string;
  beforeEach(() => (folder = writeTinyData()));
  afterEach(() => rmSync(folder, { recursive: true }));
  const breath = (name: string) => join(folder, 'breath', name);

  it('finds nothing in a sound set, and says what is in it', () => {
    const checks = check(folder);
    expect(checks.map(({ layout, faults }) => ({ layout, faults }))).toEqual([
      { layout: 'breath', faults: [] },
      { layout: 'noise', faults: [] },
    ]);
    expect(checks[0]?.summary).toMatchObject({ people: '6 (6 unknown)', hours: '0.02' });
    expect(checks[1]?.summary).toMatchObject({ clips: 4, classes: '2 cough, 2 rain' });
  });

  it('names every fault at once, with file and line', () => {
    editLine(breath('segments.csv'), 3, (row) => row.replace(',4,10,', ',9,14,'));
    editLine(breath('segments.csv'), 4, (row) => row.replace(/,\d+,[\d.]+$/, ',3,24.0'));
    editLine(breath('segments.csv'), 5, (row) => row.replace('cw91_deep_s01', 'cw91_deep_s00'));
    editLine(breath('segments.csv'), 6, (row) => row.slice(0, row.lastIndexOf(',')));
    editLine(breath('cycles.csv'), 3, (row) => row.replace(/,[\d.]+,0$/, ',99,0'));
    editLine(breath('recordings.csv'), 6, (row) => row.replace(',12,0.00,12,', ',13,0.00,13,'));
    const faults = faultsOf(folder);
    for (const [where, what] of [
      ['segments.csv:3', /9 to 14 s leaves the recording, of which 0 to 12 s are valid/],
      ['segments.csv:4', /'rr_bpm_int' is 24, and 3 breaths in 5.00 s are 36.0/],
      ['segments.csv:5', /segment 'cw91_deep_s00' stands twice/],
      ['segments.csv:6', /7 fields, and the header has 8/],
      ['cycles.csv:3', /0 to 12 s are valid/],
      ['recordings.csv:6', /'duration_s' is 13, and .*cw94_deep.flac lasts 12.00 s/],
    ] as const) {
      expect(
        faults.filter((fault) => fault.startsWith(`${breath(where)}: `) && what.test(fault)),
        where,
      ).toHaveLength(1);
    }
    expect(faults).toHaveLength(6);
  });

  it('says once what is wrong in many rows', () => {
    editLine(breath('recordings.csv'), 2, (row) => row.replace('cw90_deep,', 'cw90_lost,'));
    const faults = faultsOf(folder);
    expect(
      faults
        .filter((fault) => fault.includes("no recording 'cw90_deep'"))
        .map((fault) => /\w+\.csv.*/.exec(fault)?.[0]),
    ).toEqual([
      "cycles.csv:2: recordings.csv has no recording 'cw90_deep' (and so in 2 further rows)",
      "annotations.csv:2: recordings.csv has no recording 'cw90_deep' (and so in 2 further rows)",
      "segments.csv:2: recordings.csv has no recording 'cw90_deep' (and so in 1 further rows)",
    ]);
  });

  it('reads every sound: empty, cut short, silent, missing', () => {
    const audio = (person: number) => breath(`audio/cw9${person}_deep.flac`);
    writeFileSync(audio(0), '');
    writeFileSync(audio(1), readFileSync(audio(1)).subarray(0, 9_000));
    writeFileSync(audio(2), encodeFlac(new Int16Array(12 * 16_000), 16_000));
    rmSync(audio(3));
    writeFileSync(join(folder, 'noise', 'rain_1.flac'), 'no sound');
    expect(faultsOf(folder)).toEqual([
      expect.stringMatching(/recordings\.csv:5: there is no .*cw93_deep\.flac/),
      expect.stringMatching(/cw90_deep\.flac: found an empty file/),
      expect.stringMatching(/cw91_deep\.flac: found broken FLAC/),
      expect.stringMatching(/recordings\.csv:4: .*cw92_deep\.flac holds nothing but zeros/),
      expect.stringMatching(/rain_1\.flac: found bytes/),
    ]);
  });

  it('holds the split beside the tables to the people of the set', () => {
    const split = splitPeople(readSegmentTables(breath('')), 1);
    writeSplit(breath('split.json'), split);
    expect(faultsOf(folder)).toEqual([]);
    const [person] = split.evaluation;
    writeSplit(breath('split.json'), { ...split, train: [...split.train, person as string] });
    expect(faultsOf(folder)).toEqual([`'${person}' is in two parts of the split`]);
  });

  it('refuses a folder without any data', () => {
    expect(() => check(join(folder, 'breath', 'audio'))).toThrow(
      expect.objectContaining({ code: 'DATA_INVALID' }) as Error,
    );
    expect(() => check(join(folder, 'gone'))).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }) as Error);
  });
});

describe('a check of trials', () => {
  let folder: string;
  beforeAll(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'eupnea-trials-')), 'set');
    writeStudy(folder, { people: 3, segments: 40, seed: 1 });
  });
  afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

  it('finds nothing in a simulated study, and marks it as simulated', () => {
    const [trials, noise] = check(folder);
    expect([...(trials?.faults ?? []), ...(noise?.faults ?? [])]).toEqual([]);
    expect(trials?.summary['name']).toBe('simulated trials (simulated: no evidence about people)');
  });

  it.each([
    ['participants.csv', 3, (row: string) => row.replace(/,(fe)?male,/, ',unknown,'), /'sex' is 'unknown'/],
    ['participants.csv', 5, () => 'sim01,male,30', /'sim01' stands twice/],
    ['trials.csv', 2, (row: string) => row.replace(/door$/, ''), /'environment' is '(in|out)'/],
    [
      'recordings.csv',
      2,
      (row: string) => row.replace(/,sim01,/, ',sim02,'),
      /trial 'sim01_t1' is sim01's, not sim02's/,
    ],
    [
      'recordings.csv',
      3,
      (row: string) => row.replace(/,(before|during|after|cooldown),/, ',asleep,'),
      /'stage' is 'asleep'/,
    ],
    ['segments.csv', 4, (row: string) => row.replace(/,[01]$/, ',loud'), /'noise' is 'loud'/],
    ['segments.csv', 5, (row: string) => row.replace(/,\d+,[\d.]+,([01])$/, ',1.5,15.0,$1'), /is 1.5, no whole number/],
    ['pulse.csv', 2, (row: string) => row.replace(/,\d,\d+$/, ',7,80'), /'position' is '7'/],
    ['pulse.csv', 3, (row: string) => row.replace(/\d+$/, '8'), /'beats_per_minute' is 8, outside 20 to 260/],
    ['dataset.json', 1, () => '[', /expected {"name"/],
  ])('names what is wrong in %s:%i', (table, line, edit, what) => {
    const file = join(folder, table);
    const before = readFileSync(file);
    editLine(file, line, edit);
    const faults = faultsOf(folder).filter((fault) => fault.startsWith(`${file}:${line}: `));
    writeFileSync(file, before);
    expect(faults).toEqual([expect.stringMatching(what)]);
  });
});

describe('paced minutes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'eupnea-paced-'));
    mkdirSync(join(folder, 'audio'));
    const hum = Int16Array.from({ length: 9_000 }, (_, i) => 5_000 * Math.sin(i / 10));
    writeFileSync(join(folder, 'audio', 'rj01_rr08.flac'), encodeFlac(hum, 4_500));
    const table = 'recording_id,subject_id,duration_s,paced_rr_bpm,age,gender\nrj01_rr08,rj01,2.00,8,21,F\n';
    writeFileSync(join(folder, 'recordings.csv'), table);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read at 16 kHz with their beat', () => {
    const [minute] = readPacedData(folder);
    expect(minute).toMatchObject({ recordingId: 'rj01_rr08', subjectId: 'rj01', pacedRrPerMinute: 8 });
    expect(minute?.samples).toHaveLength(32_000);
    expect(check(folder)).toMatchObject([{ layout: 'paced', faults: [] }]);
  });

  it('with a beat that is none are refused', () => {
    editLine(join(folder, 'recordings.csv'), 2, (row) => row.replace(',8,', ',slow,'));
    expect(() => readPacedData(folder)).toThrow(/recordings\.csv:2: 'paced_rr_bpm' is 'slow'/);
    expect(faultsOf(folder)).toEqual([expect.stringMatching(/'slow'/), expect.stringMatching(/no recordings/)]);
  });
});

describeIf(recordingsAreThere, `no recordings in ${recordingsFolder}`, 'the real recordings', () => {
  it('have no faults', () => {
    expect(faultsOf(join(recordingsFolder))).toEqual([]);
  });
});
