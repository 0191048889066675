import { userInfo } from 'node:os';
import { EupneaError } from '#libs/contracts';
import { describeSilence } from '../describe-silence.js';
import { overAlertControl } from '../over-alert-control.js';

export interface SilenceOptions {
  subject?: string[];
  rule?: string[];
  severity?: string[];
  label?: Record<string, string>;
  reason: string;
  /** Epoch milliseconds. */
  from?: number;
  until?: number;
  /** Milliseconds. */
  for?: number;
  author?: string;
}

/** `alerts silence`. @throws EupneaError USAGE, SILENCE_INVALID */
export async function silence(options: SilenceOptions): Promise<void> {
  const nowMs = Date.now();
  const startsAt = Math.max(options.from ?? nowMs, nowMs);
  if ((options.for === undefined) === (options.until === undefined)) {
    throw new EupneaError('USAGE', 'say either --for or --until', {
      hint: 'npm run alerts -- silence --help shows the options.',
    });
  }
  const request = {
    subjects: options.subject ?? [],
    rules: options.rule ?? [],
    severities: options.severity ?? [],
    labels: options.label ?? {},
    author: options.author ?? userInfo().username,
    reason: options.reason,
    startsAt,
    endsAt: options.until ?? startsAt + (options.for as number),
  };
  await overAlertControl(async (control, producer) => {
    const written = await control.silence(producer, request, nowMs);
    console.log(`Silenced: ${describeSilence(written)}`);
    console.log(JSON.stringify(written));
  });
}
