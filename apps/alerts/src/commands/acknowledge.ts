import { userInfo } from 'node:os';
import { overAlertControl } from '../over-alert-control.js';

/** `alerts acknowledge`. */
export function acknowledge(alertId: string, { author, note = '' }: { author?: string; note?: string }): Promise<void> {
  return overAlertControl(async (control, producer) => {
    const request = { alertId, author: author ?? userInfo().username, note };
    const written = await control.acknowledge(producer, request, Date.now());
    console.log(`Acknowledged by ${written.author}: it is not told again; its end is.`);
    console.log(JSON.stringify(written));
  });
}
