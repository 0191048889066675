/** The absolute sample grid on which windows, frames and resampling are defined: 16 kHz from the session's start. */
export const ANALYSIS_RATE_HZ = 16_000;

/** Time of a sample of the analysis grid, in epoch milliseconds, rounded down. */
export function timeOfSampleMs(sessionStartedAtMs: number, analysisSample: number): number {
  return sessionStartedAtMs + Math.floor((analysisSample * 1000) / ANALYSIS_RATE_HZ);
}
