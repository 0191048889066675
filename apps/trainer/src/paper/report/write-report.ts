import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportHtml } from './html.js';
import { reportMarkdown } from './markdown.js';
import type { Report } from './report.js';

/** Writes report.md, report.html, report.json and figures/; figures of an earlier report go. */
export function writeReport(folder: string, report: Report): void {
  const figures = join(folder, 'figures');
  rmSync(figures, { recursive: true, force: true });
  mkdirSync(figures, { recursive: true });
  writeFileSync(join(folder, 'report.md'), reportMarkdown(report));
  writeFileSync(join(folder, 'report.html'), reportHtml(report));
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report.json, null, 2)}\n`);
  for (const { id, svg, pictures = {} } of report.figures) {
    if (svg) writeFileSync(join(figures, `${id}.svg`), svg);
    for (const [name, png] of Object.entries(pictures)) writeFileSync(join(figures, name), png);
  }
}
