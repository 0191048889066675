import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { madeUpCampaign, madeUpSet } from '../../testing/made-up-campaign.js';
import { reportHtml } from './html.js';
import { reportMarkdown } from './markdown.js';
import { type Report, buildReport } from './report.js';
import { DASH, type Table, spreadText } from './table.js';
import { writeReport } from './write-report.js';

const real = await buildReport(madeUpCampaign());
const simulated = await buildReport(madeUpCampaign({ simulated: true }));
const tableOf = (report: Report, id: string) => report.tables.find((table) => table.id === id) as Table;
const row = ({ rows }: Table, source: string, label: string) =>
  rows.filter((one) => one.source === source && one.cells[0] === label).map(({ cells }) => cells);

describe('tables', () => {
  it('hold what the paper prints in rows of its own, beside ours', () => {
    const table = tableOf(real, 'table-2');
    expect(table.columns).toEqual(['Model', 'from', 'CCC RR', '95 % interval of CCC', 'ρ RR', 'MSE RR', 'MAE (/min)', 'F1 breath']); // prettier-ignore
    expect(row(table, 'paper', 'TC-LSTM')).toEqual([['TC-LSTM', 'paper', '0.76', DASH, '0.78', '0.31', DASH, '63.00']]);
    expect(row(table, 'ours', 'TC-LSTM')).toEqual([
      ['TC-LSTM', 'ours', '0.85 (0.71 to 0.99)', '0.85 to 0.85', '1.00', '0.51 (0.02 to 1.00)', '5.5 (1.0 to 10.0)', '86.67 (73.33 to 100.00)'], // prettier-ignore
    ]);
  });

  it('I has three sizes on both parts, III three ranges for four models', () => {
    const sizes = tableOf(real, 'table-1');
    expect(sizes.rows.map(({ section }) => section).filter(Boolean)).toEqual(['Validation', 'Evaluation']);
    expect(row(sizes, 'paper', '32').map(([, , ccc]) => ccc)).toEqual(['0.88', '0.73']);
    const ranges = tableOf(real, 'table-3');
    expect(row(ranges, 'paper', 'TC-LSTM (augmented data)')).toEqual([['TC-LSTM (augmented data)', 'paper, MSE', '0.21', '0.20', '0.21']]); // prettier-ignore
    expect(row(ranges, 'ours', 'LSTM')).toEqual([
      ['LSTM', 'ours, MSE', '0.52 (0.04 to 1.00)', '0.50 (0.00 to 1.00)', '0.51 (0.02 to 1.00)'],
      ['LSTM', 'ours, MAE (/min)', '6.0 (2.0 to 10.0)', '5.0 (0.0 to 10.0)', '5.5 (1.0 to 10.0)'],
    ]);
    expect(ranges.caption).toContain('below 15: 2, 15 to 25: 2, above 25: 4');
  });

  it('show one seed without a range, and what is undefined as a dash', () => {
    expect(spreadText({ mean: 0.5, lowest: 0.5, highest: 0.5 }, 2)).toBe('0.50');
    expect(spreadText(undefined, 2)).toBe(DASH);
  });
});

describe('missing labels', () => {
  it('of noise leave a dash and the reason', async () => {
    const set = madeUpSet();
    const quiet = await buildReport(madeUpCampaign({ segments: set.segments.map((one) => ({ ...one, noisy: false })) })); // prettier-ignore
    const table = tableOf(quiet, 'table-1');
    expect(row(table, 'ours', '32').map((cells) => cells.at(-1))).toEqual([DASH, DASH]);
    expect(table.caption).toContain('0 of 4 validation segments and 0 of 8 evaluation segments are labelled noisy');
    expect(tableOf(real, 'table-1').caption).not.toContain('F1 noise is');
  });

  it('of stage, pulse and sex leave the figure out and say why', async () => {
    const set = madeUpSet();
    const bare = await buildReport(
      madeUpCampaign({
        pulses: [],
        participants: new Map([...set.participants.keys()].map((subjectId) => [subjectId, { subjectId }])),
        recordings: new Map([...set.recordings].map(([id, recording]) => [id, { ...recording, stage: 'none' }])),
      }),
    );
    const figure = (id: string) => bare.figures.find((one) => one.id === id);
    expect(figure('figure-4')).toMatchObject({ caption: expect.stringContaining('no pulse in this set') as string });
    expect(figure('figure-4')?.svg).toBeUndefined();
    expect(figure('figure-6')).toMatchObject({ caption: expect.stringContaining('whose sex is known') as string });
    expect(reportMarkdown(bare)).not.toContain('figures/figure-4.svg');
    expect(figure('figure-3')?.svg).toContain('<svg');
  });
});

describe('simulated people', () => {
  it('are marked in the title, above the text, in every caption, in every picture and in the JSON', () => {
    expect(simulated.title).toContain('simulated');
    expect(simulated.json).toMatchObject({ simulated: true });
    for (const { caption } of [...simulated.tables, ...simulated.figures]) expect(caption).toMatch(/^Simulated people/);
    for (const { svg } of simulated.figures) expect(svg).toContain('SIMULATED people, no evidence about people');
    for (const text of [reportMarkdown(simulated), reportHtml(simulated)]) expect(text).toContain('no evidence about people'); // prettier-ignore
  });

  it('are not claimed where people are real', () => {
    expect(real.marks).toEqual([]);
    expect(`${reportHtml(real)}${real.figures.map(({ svg }) => svg).join('')}`.toLowerCase()).not.toContain(
      'simulated',
    );
  });

  it('and a quick run is marked too', async () => {
    const quick = await buildReport({ ...madeUpCampaign(), quick: true });
    expect(reportMarkdown(quick)).toContain('its figures mean nothing');
    expect(quick.json).toMatchObject({ quick: true });
  });
});

it('recipes that were not trained are named, and their rows hold dashes', async () => {
  const { results, ...rest } = madeUpCampaign();
  const part = await buildReport({ ...rest, results: results.filter(({ recipe }) => recipe === 'paper-tc-lstm-32') });
  expect(part.marks).toEqual([expect.stringContaining('Not trained, so without figures: paper-lstm-32, ')]);
  expect(row(tableOf(part, 'table-2'), 'ours', 'LSTM')).toEqual([['LSTM', 'ours', DASH, DASH, DASH, DASH, DASH, DASH]]);
  expect(tableOf(part, 'table-3').caption).toContain('below 15: 2, 15 to 25: 2, above 25: 4');
  const bands = part.figures.find(({ id }) => id === 'figure-6');
  expect(bands?.caption).toContain('1 female (below 15: 1, 15 to 25: 1, above 25: 2 segments)');
  expect(row(tableOf(part, 'table-2'), 'ours', 'TC-LSTM')).toEqual(row(tableOf(real, 'table-2'), 'ours', 'TC-LSTM'));
});

describe('the page', () => {
  it('escapes what comes from a data set or a recipe', async () => {
    const report = await buildReport(madeUpCampaign({ name: '<img src=x onerror="x"> | a_b_' }));
    const html = reportHtml(report);
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;img src=x onerror=&quot;x&quot;&gt;');
    expect(html).toContain('1 # ours &lt;b&gt;');
    const [title] = reportMarkdown(report).split('\n');
    expect(title).toContain('\\<img src=x onerror="x"\\> \\| a\\_b\\_');
  });

  it('needs no other file', () => {
    const html = reportHtml(real);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address as string);
    expect(addresses).toHaveLength(5);
    for (const address of addresses) expect(address).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(html).not.toMatch(/<script|@import|<link/);
  });
});

describe('the files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eupnea-report-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are the same for the same results, and figures of an earlier report go', async () => {
    writeReport(folder, real);
    const names = ['report.md', 'report.html', 'report.json'];
    const before = names.map((name) => readFileSync(join(folder, name), 'utf8'));
    writeFileSync(join(folder, 'figures', 'old.svg'), '');
    writeReport(folder, await buildReport(madeUpCampaign()));
    expect(names.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(before);
    expect(readdirSync(join(folder, 'figures')).sort()).toEqual(
      ['figure-2.svg', 'figure-2a-normal.png', 'figure-2b-heavy.png', 'figure-3.svg', 'figure-4.svg', 'figure-6.svg', 'learning-curves.svg'], // prettier-ignore
    );
  });

  it('name data, split, seeds, version and training seconds', () => {
    writeReport(folder, real);
    const json: unknown = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(json).toMatchObject({
      data: { sha256: 'd'.repeat(64), people: 4, segments: 16 },
      split: { evaluation: ['cat', 'dan'], sha256: 'e'.repeat(64) },
      seeds: [1, 2],
      version: '0.1.0',
      printedInThePaper: { table2: { tcLstm: { ccc: 0.76, mse: 0.31 } } },
    });
    expect(json).toHaveProperty('ours.evaluation.paper-lstm-32.ccc.mean');
    expect(json).toHaveProperty('ours.trainings[0].seconds', 61);
  });
});
