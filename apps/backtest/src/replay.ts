import { type RuleSet, Alerting } from '#libs/alert-rules';
import { ANALYSIS_RATE_HZ, type BreathAlert, type BreathEstimate } from '#libs/contracts';

const WATERMARK_EVERY_MS = 5_000;
/** In silence that lasts longer, nothing is awaited that a minute's delay would matter to. */
const LONG_SILENCE_MS = 2 * 3_600_000;
const RARE_WATERMARK_EVERY_MS = 60_000;

/**
 * The alerts that rules raise over one person's windows, as the alerter would have published them had every window
 * come when it ended: the store keeps no watermarks, so that one is made every 5 s (every minute in silences beyond
 * two hours) up to `untilMs`.
 * @param windows one person's, in the order of their ends
 */
export function alertsOver(windows: readonly BreathEstimate[], rules: RuleSet, untilMs: number): BreathAlert[] {
  const alerts: BreathAlert[] = [];
  const alerting = new Alerting(
    rules,
    (output) => {
      if (output.record === 'BreathAlert') alerts.push(output.value);
    },
    { publishesPooling: false },
  );
  let nowMs = windows.length === 0 ? untilMs : endOf(windows[0] as BreathEstimate);
  const letTimePass = (toMs: number) => {
    const silentSinceMs = nowMs;
    for (;;) {
      const isLong = nowMs - silentSinceMs >= LONG_SILENCE_MS;
      const nextMs = nowMs + (isLong ? RARE_WATERMARK_EVERY_MS : WATERMARK_EVERY_MS);
      if (nextMs > toMs) return;
      nowMs = nextMs;
      alerting.onWatermark({ processedThrough: nowMs, caughtUp: true });
    }
  };
  for (const window of windows) {
    letTimePass(endOf(window));
    alerting.onEstimate(window);
  }
  letTimePass(untilMs);
  return alerts;
}

/** Epoch milliseconds at which a window is complete. */
export const endOf = ({ windowStart, windowSamples }: Pick<BreathEstimate, 'windowStart' | 'windowSamples'>): number =>
  windowStart + (windowSamples * 1_000) / ANALYSIS_RATE_HZ;
