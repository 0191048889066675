import { type Decoded, EupneaError, type Reject, type RuleSetChange, reject } from '#libs/contracts';
import { Alerting, type AlertingOutput, type AlertingSnapshot } from '../evaluation/alerting.js';
import type { RuleSet } from '../evaluation/rule-set.js';
import type { AlertingMarks, PartitionContext } from './marks.js';
import type { RuleSets } from './rule-sets.js';

/** What a partition of the estimates topic holds. */
export type EstimatesRecord = Decoded<'BreathEstimate' | 'Watermark' | 'RuleSetChange'>;

/** All that is known of one person at a place of the log. */
export interface SubjectCheckpoint {
  subjectId: string;
  /** Offset of the first record that is not in it. */
  asOf: number;
  rulesVersion: number;
  snapshot: AlertingSnapshot;
}

export interface ForgottenSubject {
  subjectId: string;
  /** Offset of the first record behind the one that made them be forgotten: what they sent from there on counts. */
  asOf: number;
}

export interface Taken {
  /** In order; the same for the same log, wherever reading began. */
  outputs: AlertingOutput[];
  /** Rules that cannot be read change nothing. */
  rejected?: Reject;
  /** Rules that took effect for everybody. */
  changed?: RuleSetChange;
}

interface Person {
  /** Of this person alone, so that each may stand at another place of the log. */
  alerting: Alerting;
  /** Records before it are in the state already. */
  asOf: number;
  rulesVersion: number;
}

interface Birth {
  offset: number;
  context: PartitionContext;
}

const NOTHING_YET: AlertingMarks = { low: 0, high: 0, context: { watermarkMs: null, rulesVersion: 0 } };

/**
 * One partition of the estimates topic, resumable person by person: people have nothing to do with each other, so each
 * has a checkpoint of their own, at an offset of its own. Whoever begins at `startAt` with the checkpoints and the marks
 * of a commit comes to the state, and says from then on what an uninterrupted reader says.
 */
export class PartitionAlerting {
  /** Whose checkpoint is oldest comes first. */
  private readonly people = new Map<string, Person>();
  /** Where those began who have no checkpoint yet, oldest first. */
  private readonly births = new Map<string, Birth>();
  /** Whose checkpoint must go, and as of where. */
  private readonly forgotten = new Map<string, number>();
  private context: PartitionContext;
  private outputs: AlertingOutput[] = [];

  /** @param marks of the last commit; undefined where nothing was committed */
  constructor(
    private readonly ruleSets: RuleSets,
    checkpoints: Iterable<SubjectCheckpoint> = [],
    private readonly marks: AlertingMarks = NOTHING_YET,
  ) {
    this.context = marks.context;
    const oldestFirst = [...checkpoints].sort((a, b) => a.asOf - b.asOf);
    for (const { subjectId, asOf, rulesVersion, snapshot } of oldestFirst) {
      this.people.set(subjectId, { alerting: this.restore(snapshot, rulesVersion), asOf, rulesVersion });
    }
  }

  /** Offset from which records must be read. */
  get startAt(): number {
    const [oldest] = this.people.values();
    return Math.min(this.marks.low, oldest?.asOf ?? Infinity);
  }

  get subjectCount(): number {
    return this.people.size;
  }

  get rulesVersion(): number {
    return this.context.rulesVersion;
  }

  /** Takes the record at an offset; offsets only grow. */
  take(offset: number, record: EstimatesRecord): Taken {
    this.outputs = [];
    const more = this.apply(offset, record);
    return { outputs: this.outputs, ...more };
  }

  /** What to commit when everything before `next` is taken and its outputs are acknowledged. */
  marksAt(next: number): AlertingMarks {
    const [oldest] = this.births.values();
    return {
      low: oldest?.offset ?? Math.max(next, this.marks.low),
      high: Math.max(next, this.marks.high),
      context: oldest?.context ?? this.context,
    };
  }

  /** Checkpoints of up to `most` people, the oldest first, to be durable before the marks are committed. */
  checkpoint(most: number, next: number): SubjectCheckpoint[] {
    const taken: SubjectCheckpoint[] = [];
    for (const [subjectId, person] of this.people) {
      if (taken.length >= most || person.asOf >= next) break; // the others are as new
      taken.push({ subjectId, asOf: next, rulesVersion: person.rulesVersion, snapshot: person.alerting.snapshot() });
    }
    for (const { subjectId } of taken) {
      const person = this.people.get(subjectId) as Person;
      this.people.delete(subjectId);
      this.people.set(subjectId, { ...person, asOf: next });
      this.births.delete(subjectId);
      this.forgotten.delete(subjectId); // who came back has taken the old checkpoint's place
    }
    return taken;
  }

  /**
   * Whose checkpoint must go, since they were forgotten; each is told once, and not before a commit covers it: whoever
   * resumes before the place where they were forgotten still needs what they were.
   * @param low of the last commit
   */
  takeForgotten(low: number): ForgottenSubject[] {
    const gone = [...this.forgotten]
      .map(([subjectId, asOf]) => ({ subjectId, asOf }))
      .filter(({ asOf }) => asOf <= low);
    for (const { subjectId } of gone) this.forgotten.delete(subjectId);
    return gone;
  }

  private apply(offset: number, { record, value }: EstimatesRecord): Omit<Taken, 'outputs'> {
    if (record === 'RuleSetChange') return this.changeRules(offset, value);
    if (record === 'BreathEstimate') {
      const person = this.people.get(value.subjectId) ?? this.bear(value.subjectId, offset);
      if (person === undefined || person.asOf > offset) return {};
      // Who came back after being forgotten may have a checkpoint here that is gone for the next owner.
      if (person.alerting.subjectCount === 0) this.noteBirth(value.subjectId, offset);
      person.alerting.onEstimate(value);
      return {};
    }
    for (const [subjectId, { alerting, asOf }] of this.people) {
      if (asOf > offset) continue;
      alerting.onWatermark(value);
      // Before `low` somebody who is forgotten may have come back, and no commit covers that: their place is kept.
      if (alerting.subjectCount === 0 && offset >= this.marks.low) this.forget(subjectId, offset + 1);
    }
    if (offset >= this.marks.low && value.processedThrough > (this.context.watermarkMs ?? -Infinity)) {
      this.context = { ...this.context, watermarkMs: value.processedThrough };
    }
    return {};
  }

  private changeRules(offset: number, change: RuleSetChange): Omit<Taken, 'outputs'> {
    const { version } = change;
    const concerned = [...this.people.values()].filter((one) => one.asOf <= offset && one.rulesVersion < version);
    const isNew = offset >= this.marks.low && version > this.context.rulesVersion;
    if (concerned.length === 0 && !isNew) return {};
    let set: RuleSet;
    try {
      set = this.ruleSets.read(change);
    } catch (error) {
      if (error instanceof EupneaError) return { rejected: reject(error.code, error.message) };
      throw error;
    }
    for (const person of concerned) {
      person.alerting.changeRules(set);
      person.rulesVersion = version;
    }
    if (isNew) this.context = { ...this.context, rulesVersion: version };
    return { changed: change };
  }

  /** Before `low` everybody who counts has a checkpoint: who has none was forgotten since. */
  private bear(subjectId: string, offset: number): Person | undefined {
    if (offset < this.marks.low) return undefined;
    const { context } = this;
    const empty: AlertingSnapshot = { watermarkMs: context.watermarkMs, subjects: {} };
    const person = {
      alerting: this.restore(empty, context.rulesVersion),
      asOf: offset,
      rulesVersion: context.rulesVersion,
    };
    this.people.set(subjectId, person);
    return person;
  }

  private noteBirth(subjectId: string, offset: number): void {
    if (offset >= this.marks.low && !this.births.has(subjectId))
      this.births.set(subjectId, { offset, context: this.context });
  }

  private forget(subjectId: string, asOf: number): void {
    this.people.delete(subjectId);
    this.births.delete(subjectId);
    this.forgotten.set(subjectId, asOf);
  }

  private restore(snapshot: AlertingSnapshot, rulesVersion: number): Alerting {
    return Alerting.restore(snapshot, this.ruleSets.get(rulesVersion), (output) => this.outputs.push(output));
  }
}
