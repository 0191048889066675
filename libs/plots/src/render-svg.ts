import { View, parse } from 'vega';
import { type TopLevelSpec, compile } from 'vega-lite';
import { THEME } from './theme.js';

export type PlotSpec = TopLevelSpec;

/**
 * Draws a Vega-Lite plot in the project's look, without a browser or a canvas. The same plot gives the same text.
 * @returns an SVG document; pictures in it stand as data: URLs, so that it needs no other file
 */
export async function renderSvg(spec: PlotSpec): Promise<string> {
  const { spec: vegaSpec } = compile(spec, { config: THEME });
  const view = new View(parse(vegaSpec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
