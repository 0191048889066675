import { ANALYSIS_RATE_HZ, EupneaError } from '#libs/contracts';
import { FRAME_GRID } from '#libs/features';

export interface WindowingOptions {
  /** @default 6 */
  windowSeconds?: number;
  /** Distance of two windows' starts. @default 3 */
  hopSeconds?: number;
  /** Shortest last window of a session. @default 4 */
  minimumSeconds?: number;
}

/** Window k covers samples [k * hopSamples, k * hopSamples + windowSamples) of the session's 16 kHz grid. */
export interface WindowGrid {
  windowSamples: number;
  hopSamples: number;
  minimumSamples: number;
}

/** The network was trained on segments of these lengths (METHOD, "Data of the paper"). */
const SHORTEST_SECONDS = 4;
const LONGEST_SECONDS = 7;

/**
 * @throws EupneaError CONFIG_INVALID unless 4 <= minimumSeconds <= windowSeconds <= 7, 0 < hopSeconds <= windowSeconds,
 * and window and hop are multiples of the 10 ms frame grid
 */
export function windowGrid(options: WindowingOptions = {}): WindowGrid {
  const { windowSeconds = 6, hopSeconds = 3, minimumSeconds = 4 } = options;
  const faults = [
    !(windowSeconds >= SHORTEST_SECONDS && windowSeconds <= LONGEST_SECONDS) &&
      `windowSeconds ${windowSeconds} is not within 4..7`,
    !(minimumSeconds >= SHORTEST_SECONDS && minimumSeconds <= windowSeconds) &&
      `minimumSeconds ${minimumSeconds} is not within 4..windowSeconds`,
    !(hopSeconds > 0 && hopSeconds <= windowSeconds) && `hopSeconds ${hopSeconds} is not within 0..windowSeconds`,
    !isOnFrameGrid(windowSeconds) && `windowSeconds ${windowSeconds} is no multiple of 0.01`,
    !isOnFrameGrid(hopSeconds) && `hopSeconds ${hopSeconds} is no multiple of 0.01`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw new EupneaError('CONFIG_INVALID', `windows cannot be cut: ${faults.join('; ')}`);
  return {
    windowSamples: toSamples(windowSeconds),
    hopSamples: toSamples(hopSeconds),
    minimumSamples: toSamples(minimumSeconds),
  };
}

const toSamples = (seconds: number): number => Math.round(seconds * ANALYSIS_RATE_HZ);

const isOnFrameGrid = (seconds: number): boolean =>
  toSamples(seconds) % FRAME_GRID.hopSamples === 0 && Math.abs(toSamples(seconds) - seconds * ANALYSIS_RATE_HZ) < 1e-6;
