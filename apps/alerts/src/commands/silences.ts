import { describeSilence } from '../describe-silence.js';
import { overAlertControl } from '../over-alert-control.js';

/** `alerts silences`: those that have not ended, or all that ever were. */
export function silences({ all = false }: { all?: boolean }): Promise<void> {
  return overAlertControl((control) => {
    const nowMs = Date.now();
    const listed = [...control.muting.silences.values()]
      .filter(({ endsAt }) => all || endsAt > nowMs)
      .sort((a, b) => a.startsAt - b.startsAt);
    for (const silence of listed) console.log(`${silence.silenceId}  ${describeSilence(silence)}`);
    console.log(JSON.stringify({ silences: listed }));
    return Promise.resolve();
  });
}
