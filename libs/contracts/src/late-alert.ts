import type { BreathAlert } from './generated/records.js';

/** An alert that is appended so long after what it tells of is no news any more: stored and shown, never paged. */
const ALERT_LATE_AFTER_MS = 10 * 60_000;

/** @param appendTimeMs LogAppendTime of the alert's record, epoch milliseconds */
export const isLateAlert = ({ at }: Pick<BreathAlert, 'at'>, appendTimeMs: number): boolean =>
  appendTimeMs - at > ALERT_LATE_AFTER_MS;
