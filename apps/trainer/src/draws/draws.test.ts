import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import { readBreathData } from '../data/breath-data.js';
import { readNoiseData } from '../data/noise-data.js';
import { tinyRecipe, writeTinyData } from '../testing/tiny.js';
import { assemble, batches } from './batch.js';
import { degrade } from './degrade.js';
import { FEATURE_UNITS, ItemMaker, type TrainingItem } from './item.js';
import { itemsOf, openBank } from './item-bank.js';
import { mixAtSnr, powerOf, stretchOf } from './mix.js';
import { PHASE, phasesOf } from './phases.js';
import { type ItemPlan, Planner, labelsOf, partSeconds } from './plan.js';
import { playInto } from './play.js';
import { seededRandom } from './random.js';
import { renderItem } from './render.js';
import { readSounds } from './sounds.js';

type Microphone = Parameters<typeof degrade>[1];

const folder = writeTinyData();
afterAll(() => rmSync(folder, { recursive: true }));
const recipe = tinyRecipe();
recipe.optimiser.batch = 3;
const sounds = readSounds(readBreathData(join(folder, 'breath')), readNoiseData(join(folder, 'noise')), 0.15);
const planner = new Planner(sounds.recordings, sounds.noise, recipe.draws);
const plans = Array.from({ length: 400 }, (_, i) => planner.plan(seededRandom(5, i)));
const breathing = plans.filter((plan) => plan.breath !== undefined);

describe('planned items', () => {
  it('last 4 to 7 s, stay inside the valid part, and fill their length', () => {
    for (const { seconds, breath } of breathing) {
      expect(seconds).toBeGreaterThanOrEqual(4);
      expect(seconds).toBeLessThanOrEqual(7);
      const { parts, skipSeconds } = breath as NonNullable<ItemPlan['breath']>;
      expect(parts.reduce((sum, part) => sum + partSeconds(part), -skipSeconds)).toBeGreaterThanOrEqual(seconds - 1e-9);
      for (const { from, to } of parts) {
        expect(from).toBeGreaterThanOrEqual(-1e-9);
        expect(to).toBeLessThanOrEqual(12 + 1e-9);
      }
    }
  });

  it('of one cut have the rate of the recording times the speed', () => {
    const cuts = breathing.filter(({ breath }) => breath?.parts.length === 1 && breath.skipSeconds === 0);
    expect(cuts.length).toBeGreaterThan(100);
    for (const plan of cuts) {
      const part = plan.breath?.parts[0];
      const rate = 15 + 5 * (plan.breath?.recording ?? 0);
      if (part === undefined || part.to > 12 - 60 / rate) continue; // the last cycle is not whole
      expect(labelsOf(plan, recipe.labels).rrPerMinute).toBeCloseTo(rate * part.speed, 6);
    }
  });

  it('keep the highest rate, and label noise alone as none', () => {
    for (const plan of plans) {
      const { rrPerMinute, breathClass, noisy } = labelsOf(plan, recipe.labels);
      if (plan.breath === undefined) expect([rrPerMinute, breathClass, noisy]).toEqual([0, 0, 1]);
      else expect(breathClass).toBe(rrPerMinute > 30 ? 2 : 1);
      const ownSpeeds = Math.exp(0.25);
      expect(rrPerMinute).toBeLessThanOrEqual(recipe.draws.speed.highestRate * ownSpeeds + 1e-6);
    }
  });

  it('call a mix noisy only below the threshold', () => {
    const mixes = breathing.filter(({ noise }) => noise !== undefined);
    for (const plan of mixes) {
      expect(labelsOf(plan, recipe.labels).noisy).toBe(
        (plan.noise?.snrDb ?? 0) < recipe.labels.noiseBelowSnrDb ? 1 : 0,
      );
    }
    expect(new Set(mixes.map((plan) => labelsOf(plan, recipe.labels).noisy))).toEqual(new Set([0, 1]));
  });
});

describe('sound', () => {
  it('is mixed at the signal-to-noise ratio', () => {
    const random = seededRandom(1);
    const signal = Float32Array.from({ length: 4000 }, () => random() - 0.5);
    const noise = Float32Array.from({ length: 4000 }, () => 0.01 * (random() - 0.5));
    const mixed = mixAtSnr(signal, noise, 6);
    const added = mixed.map((sample, i) => sample - (signal[i] as number));
    expect(10 * Math.log10(powerOf(signal) / powerOf(added))).toBeCloseTo(6, 3);
    expect(mixAtSnr(signal, new Float32Array(4000), 0)).toEqual(signal);
  });

  it('of a short clip goes round', () => {
    expect([...stretchOf(Float32Array.of(1, 2, 3), 7, 0.5)]).toEqual([2, 3, 1, 2, 3, 1, 2]);
    expect([...stretchOf(Float32Array.of(1, 2, 3, 4), 2, 0.99, true)]).toEqual([4, 3]);
  });

  it.each([0.6, 1, 1.5, 2.2])('played at speed %s is the tone at that many times its frequency', (speed) => {
    const tone = (hz: number) =>
      Float32Array.from({ length: 16_000 }, (_, i) => Math.sin((2 * Math.PI * hz * i) / 16_000));
    const target = new Float32Array(4000);
    playInto(target, 0, 4000, tone(300), 1600, speed, 0.5);
    const expected = Float32Array.from(
      { length: 4000 },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * 300 * (1600 + i * speed)) / 16_000),
    );
    let worst = 0;
    for (let i = 0; i < 4000; i++) worst = Math.max(worst, Math.abs((target[i] as number) - (expected[i] as number)));
    expect(worst).toBeLessThan(0.01);
  });

  it('of noise alone has its level', () => {
    const plan = plans.find(({ breath }) => breath === undefined) as ItemPlan;
    const power = powerOf(renderItem(plan, sounds, recipe, seededRandom(1)));
    expect(10 * Math.log10(power)).toBeCloseTo(plan.levelDb, 3);
  });

  it('is loud where a phase says breath and quiet where it says none', () => {
    const clean = breathing.filter(({ noise }) => noise === undefined).slice(0, 20);
    for (const plan of clean) {
      const sound = renderItem(plan, sounds, recipe, seededRandom(1));
      const times = Array.from({ length: Math.floor(plan.seconds / 0.05) - 1 }, (_, i) => 0.05 * (i + 0.5));
      const phases = phasesOf(plan, sounds.recordings[plan.breath?.recording ?? 0]?.events ?? [], times);
      const levels: Record<number, number[]> = { [PHASE.none]: [], [PHASE.inhale]: [] };
      times.forEach((time, i) => {
        const steady = i > 1 && [-2, -1, 1, 2].every((step) => phases[i + step] === phases[i]);
        const at = Math.round(time * 16_000);
        if (steady) levels[phases[i] as number]?.push(powerOf(sound.subarray(at - 200, at + 200)));
      });
      const [quiet, loud] = [levels[PHASE.none] as number[], levels[PHASE.inhale] as number[]];
      if (quiet.length > 2 && loud.length > 2) expect(Math.min(...loud)).toBeGreaterThan(5 * Math.max(...quiet));
    }
  });
});

describe('items', () => {
  const maker = new ItemMaker(sounds, recipe, 3);
  const items = Array.from({ length: 40 }, (_, at) => maker.make(at));

  it('are the same in any order and for any maker, and others for another seed', () => {
    const other = new ItemMaker(sounds, recipe, 3);
    for (const at of [7, 0, 39]) expect(other.make(at)).toEqual(items[at]);
    expect(new ItemMaker(sounds, recipe, 4).make(0)).not.toEqual(items[0]);
  });

  it('of a fold hold nobody and no clip of what is held out, but keep synthesised clips', () => {
    const held = { recordings: sounds.recordings.slice(1), noise: sounds.noise.slice(1) };
    const synthetic = { ...(items[0] as TrainingItem), recordingId: undefined, noiseId: 'made', synthetic: true };
    const heard = itemsOf([...items, synthetic as unknown as TrainingItem], held);
    expect(heard.length).toBeLessThan(items.length);
    expect(heard.at(-1)).toBe(synthetic);
    const [person, clip] = [sounds.recordings[0]?.recordingId, sounds.noise[0]?.noiseId];
    expect(heard.some(({ recordingId, noiseId }) => recordingId === person || noiseId === clip)).toBe(false);
  });

  it('keep their features to 1/8192', () => {
    const { features, frames } = items[0] as TrainingItem;
    const exact = assemble(items.slice(0, 1), 2).features;
    expect(features.length).toBe(frames * 40);
    exact.forEach((value, at) => expect(value * FEATURE_UNITS).toBe(features[at]));
  });

  it('come out of a kept bank as they went in', async () => {
    const file = join(folder, 'bank.bin');
    const small = { ...recipe, draws: { ...recipe.draws, items: 5 } };
    writeFileSync(file, '');
    expect(await openBank({ sounds, recipe: small, seed: 3 }, file)).toEqual([]);
    const chunk = serialize(items.slice(0, 5));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(chunk.length);
    writeFileSync(file, Buffer.concat([length, chunk]));
    expect(await openBank({ sounds, recipe: small, seed: 3 }, file)).toEqual(items.slice(0, 5));
  });
});

describe('batches', () => {
  const items = Array.from({ length: 10 }, (_, at) => new ItemMaker(sounds, recipe, 3).make(at));

  it('use every item equally often, in a new order each time', () => {
    const source = batches(items, 4, 2, seededRandom(1));
    const seconds = Array.from({ length: 10 }, () => [...source.next().value.seconds]).flat();
    const uses = new Map<number, number>();
    for (const value of seconds) uses.set(value, (uses.get(value) ?? 0) + 1);
    expect([...uses.values()]).toEqual(new Array(10).fill(4));
    expect(seconds.slice(0, 10)).not.toEqual(seconds.slice(10, 20));
  });

  it('mask what is padded', () => {
    const batch = assemble(items, recipe.network.firstStride);
    items.forEach((item, row) => {
      const mask = batch.mask.subarray(row * batch.networkFrames, (row + 1) * batch.networkFrames);
      expect(mask.reduce((sum, value) => sum + value, 0)).toBe(item.networkFrames);
      expect(mask.subarray(0, item.networkFrames).every((value) => value === 1)).toBe(true);
    });
  });
});

describe('degraded sound', () => {
  const energies = () => Float32Array.from({ length: 400 }, (_, at) => 1 + (Math.floor(at / 40) % 10));
  const never = { bandLimit: { probability: 0, hz: [4000, 4000] }, suppression: { probability: 0, strength: [1, 1] } };

  it('loses the bands above its limit, and no other', () => {
    const limited = energies();
    degrade(limited, { ...never, bandLimit: { probability: 1, hz: [4000, 4000] } } as Microphone, seededRandom(1));
    const kept = [...limited.subarray(0, 40)].map((energy, band) => energy === energies()[band]);
    expect(kept.indexOf(false)).toBeGreaterThan(25);
    expect(kept.lastIndexOf(true)).toBe(kept.indexOf(false) - 1);
  });

  it('loses the floor of each band to noise suppression', () => {
    const suppressed = energies();
    degrade(suppressed, { ...never, suppression: { probability: 1, strength: [1, 1] } } as Microphone, seededRandom(1));
    expect(suppressed[0]).toBeCloseTo(0.01, 6); // 1, under the floor of 3
    expect(suppressed[9 * 40]).toBeCloseTo(7, 6); // 10 - 3
  });
});
