import { RECIPES_NOTE } from './notes.js';
import type { DrawnFigure, Report } from './report.js';
import type { Table } from './table.js';

const STYLE = `
:root { color-scheme: light; --ink: #22262b; --soft: #5b626c; --line: #dfe3e8; --ours: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 2.5rem 1.5rem 5rem; background: #fff; color: var(--ink);
  font: 16px/1.55 Helvetica, Arial, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; margin: 3rem 0 .8rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
h3 { font-size: 1.05rem; margin: 2.2rem 0 .3rem; }
.mark { background: #fff3e6; border-left: 5px solid #d55e00; padding: .6rem 1rem; font-weight: 600; }
.caption { color: var(--soft); margin: .3rem 0 .8rem; font-size: .92rem; max-width: 54rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; border-bottom: 2px solid var(--ink); }
th:nth-child(-n+2), td:nth-child(-n+2), .facts td { text-align: left; }
.section td { font-style: italic; padding-top: .9rem; }
.paper td { color: var(--soft); }
.ours td { color: var(--ours); font-weight: 600; }
td small { font-weight: 400; font-size: .78em; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
figure { margin: 2.2rem 0; }
figure img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
pre { background: #f5f7f9; border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; font-size: .82rem; line-height: 1.5; }
li { margin: .35rem 0; max-width: 54rem; }
`;

/** The report as one page that needs no other file. */
export function reportHtml(report: Report): string {
  const { title, marks, facts, howToRead, recipes, tables, figures } = report;
  const list = (items: readonly string[]): string => `<ul>\n${items.map((item) => `<li>${escaped(item)}</li>`).join('\n')}\n</ul>`; // prettier-ignore
  const factRows = facts.map(([name, value]) => `<tr><td>${escaped(name)}</td><td>${escaped(value)}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${marks.map((mark) => `<p class="mark">${escaped(mark)}</p>`).join('\n')}
<p>After A. Kumar et al., <cite>Estimating Respiratory Rate From Breath Audio Obtained Through Wearable Microphones</cite>, 2021.</p>
<h2>How to read this</h2>
${list(howToRead)}
<h2>What was measured</h2>
<table class="facts">${factRows.join('\n')}</table>
<h2>Tables</h2>
${tables.map(tableHtml).join('\n')}
<h2>Figures</h2>
${figures.map(figureHtml).join('\n')}
<h2>Recipes</h2>
<p class="caption">${escaped(RECIPES_NOTE)}</p>
${recipes.map(({ name, text }) => `<h3>${escaped(name)}</h3>\n<pre>${escaped(text.trimEnd())}</pre>`).join('\n')}
</body>
</html>
`;
}

function tableHtml({ id, title, caption, columns, rows }: Table): string {
  const cells = (texts: readonly string[], tag: string): string =>
    texts.map((text, at) => `<${tag}>${at < 2 ? escaped(text) : figure(text)}</${tag}>`).join('');
  const body = rows.flatMap(({ section, source, cells: texts }) => [
    ...(section ? [`<tr class="section"><td colspan="${columns.length}">${escaped(section)}</td></tr>`] : []),
    `<tr class="${source}">${cells(texts, 'td')}</tr>`,
  ]);
  return `<h3 id="${escaped(id)}">${escaped(title)}</h3>
<p class="caption">${escaped(caption)}</p>
<div class="wide"><table>
<thead><tr>${cells(columns, 'th')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

/** The range over seeds goes under the mean, so that columns stay narrow. */
const figure = (text: string): string => escaped(text).replace(/^(\S+) \((.+ to .+)\)$/, '$1<br><small>$2</small>');

/** Figures stand as pictures: names inside one SVG cannot meet those of another. */
function figureHtml({ id, title, caption, svg }: DrawnFigure): string {
  const picture = svg ? `<img alt="${escaped(title)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">` : ''; // prettier-ignore
  return `<figure id="${escaped(id)}">
<h3>${escaped(title)}</h3>
${picture}
<figcaption class="caption">${escaped(caption)}</figcaption>
</figure>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }; // prettier-ignore

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
