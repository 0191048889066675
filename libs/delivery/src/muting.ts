import type { AlertAcknowledgement, AlertSilence, BreathAlert } from '#libs/contracts';
import { matching } from './alert-matcher.js';
import { Versioned } from './versioned.js';

/** A change of an alert with the time at which the log took it. */
export interface AppendedAlert {
  alert: BreathAlert;
  /** LogAppendTime, epoch milliseconds. */
  appendTimeMs: number;
}

type Muted =
  { by: 'silence'; silence: AlertSilence } | { by: 'acknowledgement'; acknowledgement: AlertAcknowledgement };

/**
 * Who need not be told of what: the silences and acknowledgements as their control topics have them. Decided by times
 * of the records alone, so that reading the log again decides alike.
 */
export class Muting {
  readonly silences = new Versioned<AlertSilence>();
  readonly acknowledgements = new Versioned<AlertAcknowledgement>();
  /** Whether a silence means an alert, by the silence's id. */
  private readonly means = new Map<string, (alert: BreathAlert) => boolean>();

  applySilence(silence: AlertSilence): void {
    const { silenceId } = silence;
    if (this.silences.apply(silenceId, silence)) this.means.set(silenceId, matching(silence));
  }

  applyAcknowledgement(acknowledgement: AlertAcknowledgement): void {
    this.acknowledgements.apply(acknowledgement.alertId, acknowledgement);
  }

  /** Why nobody is told of this change; undefined where somebody should be. */
  mutes({ alert, appendTimeMs }: AppendedAlert): Muted | undefined {
    const acknowledgement = this.acknowledgements.get(alert.alertId);
    if (acknowledgement && acknowledgement.at <= alert.at) return { by: 'acknowledgement', acknowledgement };
    for (const silence of this.silences.values()) {
      if (covers(silence, alert.at, appendTimeMs) && this.means.get(silence.silenceId)?.(alert))
        return { by: 'silence', silence };
    }
    return undefined;
  }
}

/** A silence says nothing about what the log had before it, even where its own time begins earlier. */
const covers = ({ startsAt, endsAt, createdAt }: AlertSilence, atMs: number, appendTimeMs: number): boolean =>
  startsAt <= atMs && atMs < endsAt && createdAt <= appendTimeMs;
