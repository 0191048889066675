import type { BreathEvent, BreathLabel } from '../data/breath-data.js';
import { type ItemPlan, partSeconds } from './plan.js';

/** What a frame holds; `breath` is one whose phase is unknown. */
export const PHASE = { none: 0, inhale: 1, exhale: 2, breath: 3 } as const;

const OF_LABEL: Record<BreathLabel, number> = {
  inhale: PHASE.inhale,
  exhale: PHASE.exhale,
  breath: PHASE.breath,
  pause: PHASE.none,
  noise: PHASE.none,
};

/**
 * The phase at each of the network's frames.
 * @param frameTimes seconds since the item began
 */
export function phasesOf(plan: ItemPlan, events: readonly BreathEvent[], frameTimes: readonly number[]): Uint8Array {
  const phases = new Uint8Array(frameTimes.length);
  if (plan.breath === undefined) return phases;
  const { parts, skipSeconds } = plan.breath;
  let index = 0;
  let partStart = -skipSeconds;
  frameTimes.forEach((time, frame) => {
    while (index < parts.length - 1 && time >= partStart + partSeconds(parts[index] as (typeof parts)[number])) {
      partStart += partSeconds(parts[index++] as (typeof parts)[number]);
    }
    const { from, to, speed } = parts[index] as (typeof parts)[number];
    const sourceTime = from + (time - partStart) * speed;
    if (sourceTime >= to) return; // in the pause behind the cycle
    const event = events.find(({ start, end }) => sourceTime >= start && sourceTime < end);
    if (event) phases[frame] = OF_LABEL[event.label];
  });
  return phases;
}
