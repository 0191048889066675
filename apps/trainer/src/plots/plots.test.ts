import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { renderSvg } from '#libs/plots';
import { spectrogramPanel } from './spectrogram-panel.js';
import { spectrogramPng } from './spectrogram.js';

const tone = (hz: number, seconds: number) =>
  Float32Array.from({ length: seconds * 16_000 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / 16_000));

describe('a plot', () => {
  it('is the same text every time, on white, with its labels', async () => {
    const spec = () => ({
      data: { values: [{ epoch: 1, ccc: 0.5 }, { epoch: 2, ccc: 0.7 }] }, // prettier-ignore
      mark: 'line' as const,
      encoding: {
        x: { field: 'epoch', type: 'quantitative' as const },
        y: { field: 'ccc', type: 'quantitative' as const, title: 'CCC of validation' },
      },
    });
    const svg = await renderSvg(spec());
    expect(svg).toBe(await renderSvg(spec()));
    expect(svg).toMatch(/^<svg xmlns/);
    expect(svg).toContain('fill="white"');
    expect(svg).toContain('>CCC of validation</text>');
  });
});

describe('a spectrogram', () => {
  it('is brightest in the row of a tone', () => {
    const { png, width, height, seconds, highestHz } = spectrogramPng(tone(2000, 1));
    const picture = PNG.sync.read(png);
    expect([picture.width, picture.height, seconds, highestHz]).toEqual([width, height, 1, 8000]);
    const middle = Math.floor(width / 2);
    const brightness = Array.from({ length: height }, (_, y) => {
      const at = 4 * (y * width + middle);
      return picture.data.subarray(at, at + 3).reduce((sum, value) => sum + value, 0);
    });
    const row = brightness.indexOf(Math.max(...brightness));
    expect(Math.abs((height - 0.5 - row) * (8000 / height) - 2000)).toBeLessThan(8000 / height);
    expect(brightness[height - 1 - 100]).toBeLessThan(20);
  });

  it('stands alone inside a plot', async () => {
    const svg = await renderSvg(spectrogramPanel(spectrogramPng(tone(1000, 1)), { title: 'A tone' }));
    expect(svg.match(/xlink:href="data:image\/png;base64,/g)).toHaveLength(1);
    expect(svg).not.toContain('aria-label="start');
    expect(svg).toContain('>frequency (kHz)</text>');
  });

  it('of less than a window is refused', () => {
    expect(() => spectrogramPng(new Float32Array(100))).toThrow(RangeError);
  });
});
