import { type BreathAlert, isLateAlert } from '#libs/contracts';
import type { AppendedAlert } from './muting.js';

/** Why nobody is told of a change of an alert. */
export type Untold = 'repeated' | 'suppressed' | 'late' | 'silence' | 'acknowledgement' | 'unrouted' | 'never_told';

/** Who is told of a change of an alert, with the offset of the first change of it that was told; or why nobody is. */
export type Telling =
  | { receivers: readonly string[]; since: bigint }
  /** `later`: who is told of it when the silence ends, where the alert still fires then and nobody knows of it. */
  | { untold: Untold; later?: readonly string[] };

/** A firing that nobody was told of since it was silenced, and whose silence has ended. */
export interface Overdue {
  alert: BreathAlert;
  receivers: readonly string[];
  /** Of its record. */
  since: bigint;
}

/** The newest firing of an alert of which nobody was told, since it is silenced. */
interface Silenced {
  alert: BreathAlert;
  offset: bigint;
}

/** An alert that somebody was told of and that has not ended. */
export interface OpenAlert {
  /** The newest change that was told. */
  told: BreathAlert;
  receivers: Set<string>;
  /** Of the newest change, told or not. */
  sequence: number;
  /** Offset of the first change that was told: from there on the log says all of this. */
  since: bigint;
}

export interface TellingRules {
  routesOf(alert: BreathAlert): readonly string[];
  mutes(appended: AppendedAlert): { by: 'silence' | 'acknowledgement' } | undefined;
}

/** Alerts that ended lately, whose records may still come twice. */
const CLOSED_KEPT = 1_000;

/**
 * Decides for one partition, record by record, who is told of what, and keeps who was told: the end of an alert goes to
 * those who know that it began. All of it comes from the records and the control topics, never from what became of a
 * delivery, so reading again from `low` on decides alike.
 */
export class OpenAlerts {
  private readonly open = new Map<string, OpenAlert>();
  private readonly silenced = new Map<string, Silenced>();
  /** Last sequences of alerts that ended. */
  private readonly closed = new Map<string, number>();

  constructor(private readonly rules: TellingRules) {}

  take(offset: bigint, appended: AppendedAlert): Telling {
    const { alert } = appended;
    const known = this.open.get(alert.alertId);
    const seen = known?.sequence ?? this.closed.get(alert.alertId);
    if (seen !== undefined && alert.sequence <= seen) return { untold: 'repeated' };
    if (known) known.sequence = alert.sequence;
    // A late repeat is no news, and the firing before it still waits for the end of its silence.
    if (alert.state === 'firing' && isLateAlert(alert, appended.appendTimeMs)) return { untold: 'late' };
    const silenced = this.silenced.get(alert.alertId);
    this.silenced.delete(alert.alertId);
    if (alert.state === 'resolved')
      return this.close(appended, known ?? this.endedSilence(silenced, appended.appendTimeMs));
    if (alert.state !== 'firing') return { untold: 'suppressed' };
    const muted = this.rules.mutes(appended);
    const receivers = this.rules.routesOf(alert);
    if (muted) {
      if (muted.by !== 'silence' || known || receivers.length === 0) return { untold: muted.by };
      this.silenced.set(alert.alertId, { alert, offset });
      return { untold: 'silence', later: receivers };
    }
    if (receivers.length === 0) return { untold: 'unrouted' };
    if (known) {
      known.told = alert;
      for (const name of receivers) known.receivers.add(name);
    } else {
      const { sequence } = alert;
      this.open.set(alert.alertId, { told: alert, receivers: new Set(receivers), sequence, since: offset });
    }
    return { receivers, since: known?.since ?? offset };
  }

  /**
   * Firings that still hold, of which nobody was told, and whose silence has ended by now: each once. They count as told
   * from then on.
   */
  overdue(nowMs: number): Overdue[] {
    return [...this.silenced].flatMap(([alertId, silenced]) => {
      const open = this.endedSilence(silenced, nowMs);
      if (open === undefined) return [];
      this.silenced.delete(alertId);
      this.open.set(alertId, open);
      return { alert: open.told, receivers: [...open.receivers], since: open.since };
    });
  }

  /** Alerts that were told and have not ended. */
  values(): IterableIterator<OpenAlert> {
    return this.open.values();
  }

  /**
   * Offset from which on the log must be read to know all this again; undefined where nothing is open. Whoever still has
   * the end of an alert to tell must read from its `since`, too: from there on, who was told.
   */
  get low(): bigint | undefined {
    let low: bigint | undefined;
    for (const { since } of this.open.values()) if (low === undefined || since < low) low = since;
    for (const { offset } of this.silenced.values()) if (low === undefined || offset < low) low = offset;
    return low;
  }

  /** What is open where a silence had ended at a time. */
  private endedSilence(silenced: Silenced | undefined, atMs: number): OpenAlert | undefined {
    if (silenced === undefined) return undefined;
    const { alert, offset } = silenced;
    if (this.rules.mutes({ alert: { ...alert, at: atMs }, appendTimeMs: atMs })) return undefined;
    return { told: alert, receivers: new Set(this.rules.routesOf(alert)), sequence: alert.sequence, since: offset };
  }

  /** An end is no page: it goes to whoever was told of the beginning, be it muted or late. */
  private close({ alert: { alertId, sequence } }: AppendedAlert, known: OpenAlert | undefined): Telling {
    this.open.delete(alertId);
    this.closed.set(alertId, sequence);
    if (this.closed.size > CLOSED_KEPT) this.closed.delete(this.closed.keys().next().value as string);
    return known ? { receivers: [...known.receivers], since: known.since } : { untold: 'never_told' };
  }
}
