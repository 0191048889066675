/** Simulates the weeks of some of the people, and tells of each which false alerts there were. */
import { parentPort, workerData } from 'node:worker_threads';
import { compileRules } from '#libs/alert-rules';
import { heavyRules } from './heavy-rules.js';
import { falseAlertsInAWeek } from './person-week.js';
import { readVoices } from './voices.js';

export interface WeeksOrder {
  seed: number;
  from: number;
  step: number;
  parts: number;
}

const { seed, from, step, parts } = workerData as WeeksOrder;
const rules = compileRules(heavyRules());
const voices = readVoices();
for (let part = from; part < parts; part += step) {
  parentPort?.postMessage(falseAlertsInAWeek(rules, voices, { seed, part, parts }));
}
