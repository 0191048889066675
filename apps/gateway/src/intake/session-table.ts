import type { SessionFacts } from '#libs/device-client';
import { Refusal } from '../refusal.js';

const FACTS = ['sessionStartedAt', 'sampleRateHz', 'channels', 'encoding'] as const;

/** Whose session it is. */
export interface SessionOwner {
  subjectId: string;
  deviceId: string;
}

/** What holds a session open. */
interface Holder {
  /** The same session was opened again: devices that lost their connection come back before we notice. */
  replace(): void;
}

interface Entry {
  facts: Pick<SessionFacts, (typeof FACTS)[number]>;
  durableOffset: number | undefined;
  holder: Holder | undefined;
}

/** The sessions that this process has seen lately: what is fixed for them, how far they are durable, and who holds them. */
export class SessionTable {
  private readonly sessions = new Map<string, Entry>();
  private readonly open = new Map<string, number>();

  constructor(
    private readonly maxPerDevice: number,
    private readonly remembered: number,
  ) {}

  /**
   * The session's entry, which is made when it is new.
   * @throws Refusal SESSION_CHANGED when the facts contradict those of before
   */
  private entryOf(owner: SessionOwner, facts: SessionFacts): Entry {
    const key = keyOf(owner, facts.sessionId);
    const known = this.sessions.get(key);
    if (known && FACTS.some((fact) => known.facts[fact] !== facts[fact])) {
      throw new Refusal('SESSION_CHANGED', `${FACTS.join(', ')} are fixed for a session; begin a new sessionId`);
    }
    const { sessionStartedAt, sampleRateHz, channels, encoding } = facts;
    const entry = known ?? {
      facts: { sessionStartedAt, sampleRateHz, channels, encoding },
      durableOffset: undefined,
      holder: undefined,
    };
    this.sessions.delete(key); // to the end of the map: it spoke last
    this.sessions.set(key, entry);
    this.forget();
    return entry;
  }

  /** @throws Refusal SESSION_CHANGED */
  check(owner: SessionOwner, facts: SessionFacts): void {
    this.entryOf(owner, facts);
  }

  /**
   * Opens a session for a holder; one that held it before is replaced.
   * @returns how far the session is durable, if known
   * @throws Refusal SESSION_CHANGED, TOO_MANY_SESSIONS
   */
  hold(owner: SessionOwner, facts: SessionFacts, holder: Holder): number | undefined {
    const entry = this.entryOf(owner, facts);
    const before = entry.holder;
    const device = deviceKeyOf(owner);
    const openNow = this.open.get(device) ?? 0;
    if (before === undefined && openNow >= this.maxPerDevice) {
      throw new Refusal('TOO_MANY_SESSIONS', `the device has ${openNow} sessions open, and no more are allowed`, 30);
    }
    if (before === undefined) this.open.set(device, openNow + 1);
    entry.holder = holder;
    before?.replace();
    return entry.durableOffset;
  }

  /** The holder's connection went; after a replacement nothing happens. */
  release(owner: SessionOwner, sessionId: string, holder: Holder): void {
    const entry = this.sessions.get(keyOf(owner, sessionId));
    if (entry?.holder !== holder) return;
    entry.holder = undefined;
    const device = deviceKeyOf(owner);
    const left = (this.open.get(device) ?? 1) - 1;
    if (left > 0) this.open.set(device, left);
    else this.open.delete(device);
  }

  /** Everything of the session before this sample that was sent is durable. */
  noteDurable(owner: SessionOwner, sessionId: string, offset: number): void {
    const entry = this.sessions.get(keyOf(owner, sessionId));
    if (entry) entry.durableOffset = Math.max(entry.durableOffset ?? 0, offset);
  }

  private forget(): void {
    if (this.sessions.size <= this.remembered) return;
    for (const [key, entry] of this.sessions) {
      if (entry.holder !== undefined) continue;
      this.sessions.delete(key);
      return;
    }
  }
}

export const deviceKeyOf = ({ subjectId, deviceId }: SessionOwner): string => `${subjectId}\0${deviceId}`;
const keyOf = (owner: SessionOwner, sessionId: string): string => `${deviceKeyOf(owner)}\0${sessionId}`;
