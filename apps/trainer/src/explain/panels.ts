import { COLOURS, type PlotSpec } from '#libs/plots';
import { pngDataUrl } from '../plots/shaded-png.js';
import type { Heard, HeardWindow } from './listen.js';
import { MEL_EDGES, melOf, melPicture } from './mel-picture.js';

/** What all panels share: their width in pixels, and the seconds of the file that they show. */
export interface Frame {
  width: number;
  from: number;
  to: number;
}

type Panel = Extract<PlotSpec, { layer: unknown }>;

const VERDICTS: Readonly<Record<HeardWindow['label'], string>> = {
  accepted: COLOURS.green,
  noisy: COLOURS.purple,
  'not heard': COLOURS.grey,
  unsure: COLOURS.orange,
  'out of range': COLOURS.vermilion,
};
const PHASES = { inhaling: COLOURS.blue, exhaling: COLOURS.orange, 'breath, phase unknown': COLOURS.grey } as const;
const CLASSES = { 'no breathing': '#d5d9df', normal: COLOURS.sky, heavy: COLOURS.vermilion } as const;

/** Above its panel, so that a wide picture needs no scrolling to be understood. */
const LEGEND = { title: null, orient: 'top', direction: 'horizontal', offset: 6 } as const;

const time = (field: string, { from, to }: Frame, title?: string) => ({
  field,
  type: 'quantitative' as const,
  scale: { domain: [from, to], nice: false, zero: false },
  axis: title ? { title, tickMinStep: 1 } : null,
});
const coloursOf = (shades: Readonly<Record<string, string>>) => ({
  domain: Object.keys(shades),
  range: Object.values(shades),
});

/** The log-mel spectrogram. */
export function soundPanel(heard: Heard, frame: Frame): Panel {
  const { width } = frame;
  const height = 150;
  const picture = pngDataUrl(melPicture(heard.melEnergies));
  return {
    title: { text: 'Sound', subtitle: 'log-mel spectrogram, dark is silent' },
    width,
    height,
    layer: [
      {
        data: { values: [{ start: frame.from, bottom: MEL_EDGES.low, picture }] },
        mark: { type: 'image', aspect: false, align: 'left', baseline: 'bottom', width, height, aria: false },
        encoding: {
          url: { field: 'picture', type: 'nominal' },
          x: time('start', frame),
          y: {
            field: 'bottom',
            type: 'quantitative',
            scale: { domain: [MEL_EDGES.low, MEL_EDGES.high], nice: false },
            axis: {
              title: 'kHz',
              grid: false,
              values: [250, 500, 1000, 2000, 4000].map(melOf),
              labelExpr: "format(0.7 * (exp(datum.value / 1127) - 1), '.2~f')",
            },
          },
        },
      },
    ],
  };
}

/** What is heard at each moment, and the breaths that were counted. */
export function densityPanel({ density, counted }: Heard, frame: Frame): Panel {
  const { stepSeconds, moments, source } = density;
  const shares = moments.flatMap(({ inhale, exhale, breath }, at) => {
    const second = frame.from + (at + 0.5) * stepSeconds;
    return [inhale, exhale, breath].map((share, phase) => ({ second, share, phase: Object.keys(PHASES)[phase], phase_order: phase })); // prettier-ignore
  });
  const marks = counted.times.map((second, at) => ({ second: frame.from + second, number: at + 1, top: 1.1 }));
  const y = { type: 'quantitative' as const, scale: { domain: [0, 1.35], nice: false } };
  return {
    title: {
      text: source === 'phases' ? 'Breathing' : 'Loudness',
      subtitle:
        source === 'phases'
          ? 'probability that somebody breathes in or out, every 40 ms; triangles are the counted breaths'
          : 'this network gives no probabilities of breathing: how loud the sound is; triangles are its bursts',
    },
    width: frame.width,
    height: 110,
    layer: [
      {
        data: { values: shares },
        mark: { type: 'area', opacity: 0.9, interpolate: 'monotone' },
        encoding: {
          x: time('second', frame),
          y: { ...y, field: 'share', stack: 'zero', axis: { title: 'probability', values: [0, 0.5, 1] } },
          color: {
            field: 'phase',
            type: 'nominal',
            scale: coloursOf(PHASES),
            legend: LEGEND,
          },
          order: { field: 'phase_order', type: 'quantitative' },
        },
      },
      {
        data: { values: marks },
        mark: { type: 'point', shape: 'triangle-down', filled: true, size: 70, color: '#22262b', opacity: 1 },
        encoding: { x: time('second', frame), y: { ...y, field: 'top' } },
      },
      {
        data: { values: marks },
        mark: { type: 'text', dy: -12, fontSize: 11, color: '#22262b' },
        encoding: { x: time('second', frame), y: { ...y, field: 'top' }, text: { field: 'number' } },
      },
    ],
  };
}

/** The rate of each window with its standard deviation; a rate that was not accepted is pale. */
export function ratePanel({ windows }: Heard, frame: Frame): Panel {
  const rows = windows.map(({ start, seconds, prediction, label, quality }) => ({
    from: frame.from + start,
    middle: frame.from + start + seconds / 2,
    to: frame.from + start + seconds,
    rate: prediction.rrPerMinute,
    low: Math.max(0, prediction.rrPerMinute - prediction.rrStdDev),
    high: prediction.rrPerMinute + prediction.rrStdDev,
    text: prediction.rrPerMinute.toFixed(1),
    label,
    strength: quality === 'ok' ? 1 : 0.45,
  }));
  const top = 1.22 * Math.max(20, ...rows.map(({ high }) => high));
  const y = { type: 'quantitative' as const, scale: { domain: [0, top], nice: false } };
  const color = { field: 'label', type: 'nominal' as const, scale: coloursOf(VERDICTS), legend: null };
  const opacity = { field: 'strength', type: 'quantitative' as const, scale: null, legend: null };
  return {
    title: {
      text: 'Rate',
      subtitle: 'of each window of 6 s (dotted: its width), with one standard deviation; pale is not accepted',
    },
    width: frame.width,
    height: 150,
    data: { values: rows },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.5, strokeDash: [2, 3] },
        encoding: {
          x: time('from', frame),
          x2: { field: 'to' },
          y: { ...y, field: 'rate', axis: { title: 'breaths/min', tickCount: 5 } },
          color,
          opacity,
        },
      },
      {
        mark: { type: 'rule', strokeWidth: 5, strokeCap: 'round' },
        encoding: { x: time('middle', frame), y: { ...y, field: 'low' }, y2: { field: 'high' }, color, opacity },
      },
      {
        mark: { type: 'point', filled: true, size: 90, stroke: 'white', strokeWidth: 1.5 },
        encoding: { x: time('middle', frame), y: { ...y, field: 'rate' }, color, opacity },
      },
      {
        mark: { type: 'text', dy: -10, fontSize: 12, fontWeight: 'bold', stroke: 'white', strokeWidth: 4 },
        encoding: { x: time('middle', frame), y: { ...y, field: 'high' }, text: { field: 'text' } },
      },
      {
        mark: { type: 'text', dy: -10, fontSize: 12, fontWeight: 'bold' },
        encoding: { x: time('middle', frame), y: { ...y, field: 'high' }, text: { field: 'text' }, opacity },
      },
    ],
  };
}

/** Windows overlap, so each is shown by the moments that are nearer to its middle than to any other's. */
function ownParts({ windows }: Heard, frame: Frame) {
  const middles = windows.map((window) => window.start + window.seconds / 2);
  return windows.map((window, at) => {
    const [before, own, after] = [middles[at - 1], middles[at] as number, middles[at + 1]];
    const from = frame.from + (before === undefined ? 0 : (before + own) / 2);
    const to = frame.from + (after === undefined ? window.start + window.seconds : (own + after) / 2);
    return { ...window, from, to, middle: (from + to) / 2 };
  });
}

/** What became of each window. */
export function verdictPanel(heard: Heard, frame: Frame): Panel {
  const rows = ownParts(heard, frame).map(({ from, to, middle, label }) => ({ from, to, middle, label }));
  return {
    width: frame.width,
    height: 24,
    data: { values: rows },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 2, cornerRadius: 4 },
        encoding: {
          x: time('from', frame),
          x2: { field: 'to' },
          color: { field: 'label', type: 'nominal', scale: coloursOf(VERDICTS), legend: null },
        },
      },
      {
        mark: { type: 'text', fontSize: 11, fontWeight: 'bold', color: 'white' },
        encoding: { x: time('middle', frame), text: { field: 'label' } },
      },
    ],
  };
}

/** The probabilities of the breath classes, and that of noise. */
export function classPanel(heard: Heard, frame: Frame): Panel {
  const parts = ownParts(heard, frame);
  const names = Object.keys(CLASSES);
  const shares = parts.flatMap(({ from, to, prediction: { pNone, pNormal, pHeavy } }) => {
    const edges = [0, pNone, pNone + pNormal, pNone + pNormal + pHeavy];
    return names.map((name, at) => ({ from, to, name, low: edges[at], high: edges[at + 1] }));
  });
  const noise = parts.map(({ from, to, prediction: { pNoise } }) => ({ from, to, noise: pNoise }));
  const y = { type: 'quantitative' as const, scale: { domain: [0, 1], nice: false } };
  return {
    title: { text: 'Kind of breathing', subtitle: 'its probabilities; the black line is the probability of noise' },
    width: frame.width,
    height: 70,
    layer: [
      {
        data: { values: shares },
        mark: { type: 'rect', stroke: 'white', strokeWidth: 1 },
        encoding: {
          x: time('from', frame, 'time (s)'),
          x2: { field: 'to' },
          y: { ...y, field: 'low', axis: { title: 'probability', values: [0, 0.5, 1] } },
          y2: { field: 'high' },
          color: {
            field: 'name',
            type: 'nominal',
            scale: coloursOf(CLASSES),
            legend: LEGEND,
          },
        },
      },
      {
        data: { values: noise },
        mark: { type: 'rule', strokeWidth: 2.5, color: '#22262b' },
        encoding: { x: time('from', frame, 'time (s)'), x2: { field: 'to' }, y: { ...y, field: 'noise' } },
      },
    ],
  };
}
