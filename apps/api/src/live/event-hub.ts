import { randomUUID } from 'node:crypto';

export type LiveEvent = 'estimate' | 'alert';

/** What a listener wants to hear; undefined stands for all. */
export interface Wanted {
  subjectId?: string | undefined;
  event?: LiveEvent | undefined;
}

/** Who listens: one open connection. */
export interface Listener {
  wanted: Wanted;
  /** Hands over text that is already in the form of server-sent events. */
  send(text: string): void;
}

interface KeptEvent {
  number: number;
  event: LiveEvent;
  subjectId: string;
  text: string;
}

const KEPT_EVENTS = 5_000;

/**
 * Passes events to whoever listens, and keeps the latest few for those who reconnect.
 * An event's id is `<process>-<number>`. A client that comes back with one (Last-Event-ID) gets what it missed when
 * this process still keeps all of it, else a `reset` event: it must then read the gap through the REST paths.
 */
export class EventHub {
  private readonly process = randomUUID().slice(0, 8);
  private readonly kept: KeptEvent[] = [];
  private readonly listeners = new Set<Listener>();
  private next = 1;

  constructor(private readonly keptEvents = KEPT_EVENTS) {}

  get listening(): number {
    return this.listeners.size;
  }

  publish(event: LiveEvent, subjectId: string, data: unknown): void {
    const number = this.next++;
    const text = `id: ${this.process}-${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    const kept = { number, event, subjectId, text };
    this.kept.push(kept);
    if (this.kept.length > this.keptEvents) this.kept.shift();
    for (const listener of this.listeners) if (wants(listener, kept)) listener.send(text);
  }

  /** @returns ends the listening */
  listen(listener: Listener, lastEventId?: string): () => void {
    this.catchUp(listener, lastEventId);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private catchUp(listener: Listener, lastEventId: string | undefined): void {
    if (lastEventId === undefined || lastEventId === '') return;
    const [process, text] = lastEventId.split('-');
    const last = Number(text);
    const oldest = this.kept[0]?.number ?? this.next;
    if (process !== this.process || !Number.isInteger(last) || last + 1 < oldest || last >= this.next) {
      listener.send('event: reset\ndata: {"reason":"events between were not kept; read them with REST"}\n\n');
      return;
    }
    for (const event of this.kept) {
      if (event.number > last && wants(listener, event)) listener.send(event.text);
    }
  }
}

const wants = ({ wanted }: Listener, { event, subjectId }: KeptEvent): boolean =>
  (wanted.subjectId ?? subjectId) === subjectId && (wanted.event ?? event) === event;
