import { PNG } from 'pngjs';
import { scheme } from 'vega';
import { LOUDNESS_SCHEME } from '#libs/plots';

/** Few enough that pictures stay small, more than an eye tells apart. */
const SHADES = 48;

/**
 * A picture in the shades of loudness.
 * @param loudnessAt 0 (quiet) to 1 (loud) in a column, counted from the left, and a row, counted from the bottom
 */
export function shadedPng(width: number, height: number, loudnessAt: (column: number, row: number) => number): Buffer {
  const palette = paletteOf(LOUDNESS_SCHEME);
  const picture = new PNG({ width, height });
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < height; row++) {
      const shade = Math.round(Math.min(1, Math.max(0, loudnessAt(column, row))) * (SHADES - 1));
      picture.data.set(palette[shade] as Uint8Array, 4 * ((height - 1 - row) * width + column));
    }
  }
  return PNG.sync.write(picture, {
    colorType: 2,
    inputHasAlpha: true,
    deflateLevel: 9,
    deflateStrategy: 0,
    filterType: 0,
  });
}

/** For pages and plots that must stand alone. */
export function pngDataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}

function paletteOf(name: string): Uint8Array[] {
  const colourAt = scheme(name) as (share: number) => string;
  return Array.from({ length: SHADES }, (_, shade) => {
    const [red, green, blue] = (colourAt(shade / (SHADES - 1)).match(/\d+/g) ?? []).map(Number);
    return Uint8Array.of(red as number, green as number, blue as number, 255);
  });
}
