import { RECIPES_NOTE } from './notes.js';
import type { DrawnFigure, Report } from './report.js';
import type { Table } from './table.js';

const FENCE = '```';

/** The report as Markdown; figures are links to the files beside it. */
export function reportMarkdown(report: Report): string {
  const { title, marks, facts, howToRead, recipes, tables, figures } = report;
  const blocks = [
    `# ${inline(title)}`,
    ...marks.map((mark) => `> **${inline(mark)}**`),
    'After A. Kumar et al., _Estimating Respiratory Rate From Breath Audio Obtained Through Wearable Microphones_, 2021.',
    '## How to read this',
    howToRead.map((note) => `- ${inline(note)}`).join('\n'),
    '## What was measured',
    ['| what | value |', '| --- | --- |', ...facts.map(([name, value]) => `| ${inline(name)} | ${inline(value)} |`)].join('\n'), // prettier-ignore
    '## Tables',
    ...tables.flatMap(tableBlocks),
    '## Figures',
    ...figures.flatMap(figureBlocks),
    '## Recipes',
    RECIPES_NOTE,
    ...recipes.flatMap(({ name, text }) => [`### ${inline(name)}`, `${FENCE}yaml\n${text.trimEnd()}\n${FENCE}`]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function tableBlocks({ title, caption, columns, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const body = rows.flatMap(({ section, cells, source }) => [
    ...(section ? [line([`_${inline(section)}_`, ...columns.slice(1).map(() => '')])] : []),
    line(cells.map((cell) => (source === 'ours' ? `**${inline(cell)}**` : inline(cell)))),
  ]);
  const head = [line(columns.map(inline)), line(columns.map((_, at) => (at < 2 ? '---' : '---:')))];
  return [`### ${inline(title)}`, inline(caption), [...head, ...body].join('\n')];
}

function figureBlocks({ id, title, caption, svg }: DrawnFigure): string[] {
  return [`### ${inline(title)}`, ...(svg ? [`![${inline(title)}](figures/${id}.svg)`] : []), inline(caption)];
}

/** Names from a data set must not become markup. */
function inline(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&');
}
