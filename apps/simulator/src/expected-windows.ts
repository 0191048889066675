import { ANALYSIS_RATE_HZ } from '#libs/contracts';
import { windowGrid } from '#libs/windowing';

/** Samples [from, to) of a session, at its own rate, that were sent without a gap. */
export interface Run {
  from: number;
  to: number;
}

/**
 * How many windows a session must give: all that lie whole in one run, and, when the session was ended properly, a last
 * one that is shorter. Worked out from lengths alone, so that it can be held against what the pipeline says.
 */
export function expectedWindows(sampleRateHz: number, runs: Run[], ended: boolean): number {
  const { windowSamples, hopSamples, minimumSamples } = windowGrid();
  const onGrid = (sample: number) => Math.ceil((sample * ANALYSIS_RATE_HZ) / sampleRateHz);
  return runs.reduce((total, run, i) => {
    const first = Math.ceil(onGrid(run.from) / hopSamples);
    const end = onGrid(run.to);
    const whole = Math.max(0, Math.floor((end - windowSamples) / hopSamples) - first + 1);
    const rest = end - (first + whole) * hopSamples;
    return total + whole + (ended && i === runs.length - 1 && rest >= minimumSamples ? 1 : 0);
  }, 0);
}
