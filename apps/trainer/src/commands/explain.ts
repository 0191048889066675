import { loadBundle } from '#libs/breath-model';
import { type Command, InvalidArgumentError } from 'commander';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { countLine, headlineOf } from '../explain/headline.js';
import { type Heard, SHORTEST_WINDOW_SECONDS, listen } from '../explain/listen.js';
import { explanationPage } from '../explain/page.js';
import { explanationSvg } from '../explain/picture.js';
import { MOST_SECONDS, USUAL_SECONDS, readStretch } from '../explain/stretch.js';
import { cacheRoot } from '../setup/places.js';
import { type EngineName, engineOption, openEngine } from './engine.js';

interface ExplainOptions {
  model: string;
  engine: EngineName;
  out?: string;
  start: number;
  seconds?: number;
}

const secondsOf = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('expected seconds');
  return value;
};

/** `trainer explain`: what a model hears in a recording, and why it accepts each rate or not, as a picture. */
export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description(
      'shows what a model hears in a recording: spectrogram, breaths, rates, and why each is accepted or not',
    )
    .argument('<file>', 'WAV, FLAC or Ogg Opus')
    .option('--model <folder>', 'a model bundle', 'models/default')
    .option('--out <folder>', 'where the picture (SVG) and the page (HTML) go (default: .eupnea/explained)')
    .option('--start <seconds>', 'where to begin in the file', secondsOf, 0)
    .option(
      '--seconds <seconds>',
      `how much of it, ${SHORTEST_WINDOW_SECONDS} to ${MOST_SECONDS} (default: the rest, at most ${USUAL_SECONDS})`,
      secondsOf,
    ) // prettier-ignore
    .addOption(engineOption())
    .addHelpText(
      'after',
      `
Ends with one line of JSON.

Examples:
  npm run trainer -- explain path/to/breathing.flac
  npm run trainer -- explain long.wav --start 60 --seconds 30 --out .`,
    )
    .action((file: string, options: ExplainOptions) => explainCommand(file, options));
}

async function explainCommand(file: string, options: ExplainOptions): Promise<void> {
  const { samples, left } = readStretch(typedPath(file), options.start, options.seconds);
  if (options.seconds === undefined && left > USUAL_SECONDS) {
    console.error(`Shown are the first ${USUAL_SECONDS} of ${left.toFixed(0)} s; --start and --seconds choose others.`);
  }
  const bundle = await loadBundle(options.model);
  const engine = await openEngine(bundle, options.engine);
  const heard = await listen(samples, bundle, engine);
  await engine.close();
  const about = { name: basename(file), from: options.start, modelVersion: engine.modelVersion };
  const svg = await explanationSvg(heard, about);
  const out = options.out === undefined ? join(cacheRoot(), 'explained') : typedPath(options.out);
  mkdirSync(out, { recursive: true });
  const place = join(out, `${basename(file, extname(file))}${options.start > 0 ? `-from-${options.start}` : ''}`);
  const files = { svg: `${place}.svg`, html: `${place}.html` };
  writeFileSync(files.svg, svg);
  writeFileSync(files.html, explanationPage(heard, svg, about));
  printExplanation(heard, about.name, options.start);
  console.log(`${files.html}\n${files.svg}`);
  console.log(JSON.stringify(summaryOf(heard, { file, start: options.start, model: engine.modelVersion, ...files })));
}

/** npm runs its scripts in the repository and says in INIT_CWD in which folder somebody typed the command. */
const typedPath = (path: string): string => resolve(process.env['INIT_CWD'] ?? '.', path);

function printExplanation(heard: Heard, name: string, from: number): void {
  console.log(`${name}: ${headlineOf(heard)}. ${countLine(heard)}\n`);
  console.log('   from     to  rate/min     sd  breathing     noise  verdict       why');
  for (const { start, seconds, prediction, breathClass, label, reasons } of heard.windows) {
    const { rrPerMinute, rrStdDev, pNoise, pNone, pNormal, pHeavy } = prediction;
    const share = { none: pNone, normal: pNormal, heavy: pHeavy }[breathClass];
    const cells = [
      (from + start).toFixed(1).padStart(7),
      (from + start + seconds).toFixed(1).padStart(7),
      rrPerMinute.toFixed(1).padStart(10),
      rrStdDev.toFixed(1).padStart(7),
      `  ${breathClass} ${share.toFixed(2)}`.padEnd(15),
      pNoise.toFixed(2).padStart(5),
      `  ${label.padEnd(14)}`,
      reasons.join('; '),
    ];
    console.log(cells.join(''));
  }
  console.log();
}

function summaryOf(heard: Heard, about: Record<string, unknown>): Record<string, unknown> {
  const rounded = (value: number) => Number(value.toFixed(3));
  return {
    ...about,
    seconds: rounded(heard.seconds),
    medianRate: heard.medianRate === undefined ? null : rounded(heard.medianRate),
    accepted: heard.windows.filter(({ quality }) => quality === 'ok').length,
    windows: heard.windows.map(({ start, seconds, prediction, quality, label, breathClass, reasons }) => ({
      ...{ start, seconds: rounded(seconds), quality, label, breathClass, reasons },
      ...Object.fromEntries(Object.entries(prediction).map(([name, value]) => [name, rounded(value as number)])),
    })),
    density: heard.density.source,
    counted: { of: heard.counted.of, times: heard.counted.times.map(rounded) },
  };
}
