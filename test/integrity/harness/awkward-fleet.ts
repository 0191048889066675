import { type SentRecord, awkwardSession } from './awkward-session.js';
import { randomFrom } from './random.js';

const SESSIONS_PER_SUBJECT = 3;

/** All at once what awkward devices send, interleaved in the order of sending; their sessions begin at `startedAtMs`. */
export function awkwardFleet(seed: number, subjects: number, startedAtMs: number, fleet: string): SentRecord[] {
  const random = randomFrom(seed);
  const streams = Array.from({ length: subjects * SESSIONS_PER_SUBJECT }, (_, index) => {
    const subjectId = `${fleet}-${Math.floor(index / SESSIONS_PER_SUBJECT)}`;
    return [...awkwardSession(random, subjectId, `${fleet}-${index}`, startedAtMs)].flat();
  });
  const sent: SentRecord[] = [];
  while (streams.length > 0) {
    const index = Math.floor(random() * streams.length);
    const [record, ...later] = streams[index] as [SentRecord, ...SentRecord[]];
    sent.push(record);
    if (later.length > 0) streams[index] = later;
    else streams.splice(index, 1);
  }
  return sent;
}
