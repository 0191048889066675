import { describe, expect, test } from 'vitest';
import { EventHub, type Listener, type LiveEvent, type Wanted } from './event-hub.js';

class Client implements Listener {
  readonly received: string[] = [];
  readonly wanted: Wanted;
  constructor(subjectId?: string, event?: LiveEvent) {
    this.wanted = { subjectId, event };
  }
  send(text: string): void {
    this.received.push(text);
  }
  get data(): string[] {
    return this.received.flatMap((text) => /^data: (.*)$/m.exec(text)?.[1] ?? []);
  }
  get lastId(): string {
    return /^id: (.*)$/m.exec(this.received.at(-1) ?? '')?.[1] ?? '';
  }
}

describe('the event hub', () => {
  test('passes events to whoever listens, by subject where asked', () => {
    const hub = new EventHub();
    const [all, one] = [new Client(), new Client('a')];
    hub.listen(all);
    const end = hub.listen(one);
    hub.publish('estimate', 'a', 1);
    hub.publish('estimate', 'b', 2);
    end();
    hub.publish('estimate', 'a', 3);
    expect(all.data).toEqual(['1', '2', '3']);
    expect(one.data).toEqual(['1']);
    expect(all.received[0]).toMatch(/^id: \w+-1\nevent: estimate\ndata: 1\n\n$/);
  });

  test('passes the kind of event that was asked for, those that were missed included', () => {
    const hub = new EventHub();
    const alerts = new Client(undefined, 'alert');
    const end = hub.listen(alerts);
    hub.publish('estimate', 'a', 1);
    hub.publish('alert', 'a', 2);
    end();
    hub.publish('estimate', 'a', 3);
    hub.publish('alert', 'b', 4);
    const again = new Client(undefined, 'alert');
    hub.listen(again, alerts.lastId);
    expect([alerts.data, again.data]).toEqual([['2'], ['4']]);
  });

  test('a client that comes back gets exactly what it missed', () => {
    const hub = new EventHub();
    const before = new Client('a');
    hub.listen(before)();
    const first = new Client('a');
    const end = hub.listen(first);
    hub.publish('estimate', 'a', 1);
    end();
    hub.publish('estimate', 'a', 2);
    hub.publish('estimate', 'b', 3);
    const again = new Client('a');
    hub.listen(again, first.lastId);
    hub.publish('estimate', 'a', 4);
    expect(again.data).toEqual(['2', '4']);
  });

  test('a client that saw everything gets nothing twice', () => {
    const hub = new EventHub();
    const client = new Client();
    hub.listen(client);
    hub.publish('estimate', 'a', 1);
    const again = new Client();
    hub.listen(again, client.lastId);
    expect(again.received).toEqual([]);
  });

  test.each([
    ['another process', () => 'feedbeef-1'],
    ['what is kept no more', (id: string) => id],
    ['no id at all', () => 'nonsense'],
    ['the future', (id: string) => `${id}000`],
  ])('is told to reset when its last event is from %s', (_, id) => {
    const hub = new EventHub(2);
    const client = new Client();
    const end = hub.listen(client);
    hub.publish('estimate', 'a', 1);
    end();
    for (let data = 2; data < 6; data++) hub.publish('estimate', 'a', data);
    const again = new Client();
    hub.listen(again, id(client.lastId));
    expect(again.received).toEqual([expect.stringMatching(/^event: reset\n/)]);
  });
});
