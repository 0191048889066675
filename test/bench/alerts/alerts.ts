import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { compileRules } from '#libs/alert-rules';
import { SingleBar } from 'cli-progress';
import { rounded } from '../measure.js';
import { heardEpisodes } from './heard-episodes.js';
import { heavyRules } from './heavy-rules.js';
import { type Week, restingOf } from './person-week.js';
import { decoys, episodesOf, failedScenes, thresholdOf } from './scenes.js';
import { readVoices } from './voices.js';
import type { WeeksOrder } from './worker.js';

const SEED = 1;
const PERSON_WEEKS = 1_000;
const HEARD_EPISODES = 1_000;

/** What heavy-breathing rules miss, and what they tell for nothing. docs/alerting.md says what is simulated. */
export async function run(): Promise<Record<string, unknown>> {
  const named = heavyRules();
  const rules = compileRules(named);
  const loud = named.filter(({ rule }) => thresholdOf(rule) !== undefined);

  const episodes = loud.flatMap(({ rule }) => episodesOf(rule));
  const missed = failedScenes(episodes, rules);
  console.log(`${episodes.length - missed.length} of ${episodes.length} scripted episodes told in time`);
  const raised = failedScenes(decoys(), rules);
  console.log(`${raised.length} of ${decoys().length} decoys told`);
  for (const fault of [...missed, ...raised]) console.log(`  ${fault}`);

  const voices = readVoices();
  const heard = loud.map((one) => ({ id: one.rule.id, ...heardEpisodes(one, voices, HEARD_EPISODES, SEED) }));
  for (const { id, inTime, later } of heard) {
    console.log(`${id}: ${inTime} of ${HEARD_EPISODES} with the errors of real recordings in time, ${later} later`);
  }

  const weeks = await simulateWeeks();
  const falseByRule: Record<string, number> = {};
  for (const { rule } of named) {
    const told = weeks.map((week) => week.told[rule.id] ?? 0);
    const total = (falseByRule[rule.id] = told.reduce((sum, count) => sum + count, 0));
    const people = told.filter((count) => count > 0).length;
    console.log(`${rule.id}: ${total} false alerts in ${PERSON_WEEKS} person-weeks, of ${people} people`);
  }
  const falseByRecording: Record<string, number> = {};
  for (const { part, recordingId, told } of weeks) {
    const total = Object.values(told).reduce((sum, count) => sum + count, 0);
    if (total === 0) continue;
    falseByRecording[recordingId] = (falseByRecording[recordingId] ?? 0) + total;
    const rate = restingOf(part, PERSON_WEEKS).toFixed(1);
    console.log(`  ${total} at ${rate} /min, misheard as ${recordingId} was: ${JSON.stringify(told)}`);
  }
  const falseAlerts = Object.values(falseByRule).reduce((sum, count) => sum + count, 0);
  return {
    detected: episodes.length - missed.length,
    missed: missed.length,
    false: falseAlerts,
    personWeeks: PERSON_WEEKS,
    falsePerPersonWeek: rounded(falseAlerts / PERSON_WEEKS),
    falseByRule,
    falseByRecording,
    decoys: decoys().length,
    decoysTold: raised.length,
    heardWithErrors: Object.fromEntries(heard.map(({ id, ...counts }) => [id, counts])),
  };
}

/** One worker per core; person by person, since each of them has dice of their own. */
async function simulateWeeks(): Promise<Week[]> {
  const weeks: Week[] = [];
  const workers = availableParallelism();
  const bar = new SingleBar({ format: 'weeks [{bar}] {value}/{total}, {eta_formatted} left', stream: process.stderr });
  if (process.stderr.isTTY) bar.start(PERSON_WEEKS, 0);
  await Promise.all(
    Array.from({ length: workers }, (_, from) => {
      const order: WeeksOrder = { seed: SEED, from, step: workers, parts: PERSON_WEEKS };
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: order });
      return new Promise<void>((resolve, reject) => {
        worker.on('message', (week: Week) => bar.update(weeks.push(week)));
        worker.on('error', reject);
        worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
      });
    }),
  );
  bar.stop();
  return weeks.sort((a, b) => a.part - b.part);
}
