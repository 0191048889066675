import { DEFAULT_FRONT_END, MEL } from '#libs/features';
import { shadedPng } from '../plots/shaded-png.js';

/** An eye resolves no more, and files stay small. */
const MOST_COLUMNS = 2_000;
/** The brightest shade is at least so loud (natural logarithm, 16-bit scale), so that silence stays dark. */
const LEAST_LOUD = 10;

/** Mel of the picture's bottom and top edges. */
export const MEL_EDGES = { low: melOf(MEL.lowHz), high: melOf(MEL.highHz) } as const;

export function melOf(hz: number): number {
  return 1127 * Math.log(1 + hz / 700);
}

/**
 * A sound as a picture: 40 log-mel bands over time, from digital silence (dark) to the loudest place (bright). It is
 * what the default front end reads before it normalises; other front ends are shown by the same picture.
 * @param melEnergies [frames, 40]
 */
export function melPicture(melEnergies: Float32Array): Buffer {
  const { sampleScale, logOffset } = DEFAULT_FRONT_END;
  const frames = melEnergies.length / MEL.bands;
  const perColumn = Math.ceil(frames / MOST_COLUMNS);
  const columns = Math.floor(frames / perColumn);
  const levelAt = (column: number, band: number): number => {
    let sum = 0;
    for (let frame = column * perColumn; frame < (column + 1) * perColumn; frame++) {
      sum += Math.log(sampleScale ** 2 * (melEnergies[frame * MEL.bands + band] as number) + logOffset);
    }
    return sum / perColumn;
  };
  const levels = Float64Array.from({ length: columns * MEL.bands }, (_, at) => levelAt(Math.floor(at / MEL.bands), at % MEL.bands)); // prettier-ignore
  const silence = Math.log(logOffset);
  const loudest = levels.reduce((most, level) => Math.max(most, level), LEAST_LOUD);
  return shadedPng(
    columns,
    MEL.bands,
    (column, band) => ((levels[column * MEL.bands + band] as number) - silence) / (loudest - silence),
  );
}
