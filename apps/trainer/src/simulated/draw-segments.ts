import { type Random, seededRandom, shuffled, uniform } from '../draws/random.js';
import { CLIP_STAGES, type ClipStage } from '../data/trial-tables.js';
import { CLIP_SECONDS } from './session.js';

/** What the paper annotated: so many segments of each stage, and 1,200 drawn at random from all (Section II). */
const ANNOTATED: Record<ClipStage, number> = { before: 299, during: 457, after: 762, cooldown: 285 };
const ALL = 3_003;

const SHORTEST_SECONDS = 4;
const LONGEST_SECONDS = 7;

export interface DrawnSegment {
  recordingId: string;
  /** Seconds of the recording, on a grid of 10 ms. */
  start: number;
  end: number;
}

interface Clip {
  recordingId: string;
  stage: ClipStage;
}

/**
 * Draws segments of 4-7 s: clips are cut from end to end at random places, and pieces of each stage are taken in the
 * paper's proportions, the rest from all stages. Where a stage has too few pieces, its clips are cut anew.
 */
export function drawSegments(clips: readonly Clip[], count: number, seed: number): DrawnSegment[] {
  const random = seededRandom(seed, 5);
  const left: DrawnSegment[] = [];
  const drawn = CLIP_STAGES.flatMap((stage) => {
    const ofStage = clips.filter((clip) => clip.stage === stage);
    const pieces = cut(ofStage, Math.round((count * ANNOTATED[stage]) / ALL), random);
    left.push(...pieces.rest);
    return pieces.taken;
  });
  const fewer = shuffled(left, random).slice(0, count - drawn.length);
  const more = cut(clips, count - drawn.length - fewer.length, random).taken;
  return [...drawn, ...fewer, ...more].sort((a, b) =>
    a.recordingId < b.recordingId ? -1 : a.recordingId > b.recordingId ? 1 : a.start - b.start || a.end - b.end,
  );
}

function cut(clips: readonly Clip[], count: number, random: Random): { taken: DrawnSegment[]; rest: DrawnSegment[] } {
  const taken: DrawnSegment[] = [];
  let rest: DrawnSegment[] = [];
  while (clips.length > 0 && (taken.length < count || rest.length === 0)) {
    const pieces = shuffled(
      clips.flatMap(({ recordingId }) => piecesOf(recordingId, random)),
      random,
    );
    const wanted = count - taken.length;
    taken.push(...pieces.slice(0, wanted));
    rest = pieces.slice(wanted);
  }
  return { taken, rest };
}

function piecesOf(recordingId: string, random: Random): DrawnSegment[] {
  const pieces: DrawnSegment[] = [];
  let start = round(uniform(random, 0, LONGEST_SECONDS - SHORTEST_SECONDS));
  for (;;) {
    const end = round(start + uniform(random, SHORTEST_SECONDS, LONGEST_SECONDS));
    if (end > CLIP_SECONDS) return pieces;
    pieces.push({ recordingId, start, end });
    start = end;
  }
}

const round = (seconds: number): number => Math.round(100 * seconds) / 100;
