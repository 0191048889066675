import { userInfo } from 'node:os';
import { describeSilence } from '../describe-silence.js';
import { overAlertControl } from '../over-alert-control.js';

/** `alerts unsilence`. @throws EupneaError NOT_FOUND, SILENCE_INVALID */
export function unsilence(silenceId: string, { author }: { author?: string }): Promise<void> {
  return overAlertControl(async (control, producer) => {
    const ended = await control.unsilence(producer, silenceId, author ?? userInfo().username, Date.now());
    console.log(`Ended: ${describeSilence(ended)}`);
    console.log(JSON.stringify(ended));
  });
}
