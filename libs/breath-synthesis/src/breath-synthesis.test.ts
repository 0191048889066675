import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APPLIANCE_NAMES, applianceSound } from './appliances.js';
import { BreathSound } from './breath-sound.js';
import { breathLevel } from './layers.js';
import { personFromSeed } from './person.js';
import { exerciseSession, restingSession } from './scripts.js';
import { type Stage, planSession } from './session-plan.js';
import { audibleCycles, cyclesWithin, snrOf, truthOf } from './truth.js';

const RATE_HZ = 16_000;

const stage = (over: Partial<Stage>): Stage => ({ ...(restingSession(30)[0] as Stage), ...over });
const soundOf = (seed: number, stages: Stage[], rateHz = RATE_HZ) =>
  new BreathSound(planSession(personFromSeed(seed), stages, seed), rateHz);
const rms = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/**
 * Breaths per minute from the autocorrelation of a 20 ms envelope, between 6 and 60. Of high frequencies, where an
 * inhalation outweighs an exhalation: both in one envelope look like twice the rate.
 */
function rateByEnvelope(samples: Float32Array): number {
  const frame = RATE_HZ / 50;
  const bright = difference(difference(samples));
  const envelope = Float64Array.from({ length: Math.floor(samples.length / frame) }, (_, i) =>
    rms(bright.subarray(i * frame, (i + 1) * frame)),
  );
  const mean = envelope.reduce((sum, x) => sum + x, 0) / envelope.length;
  const correlation = Array.from({ length: 500 }, (_, lag) => {
    let sum = 0;
    for (let i = 0; i + lag < envelope.length; i++) {
      sum += ((envelope[i] as number) - mean) * ((envelope[i + lag] as number) - mean);
    }
    return sum / (envelope.length - lag);
  });
  const peaks = correlation
    .map((value, lag) => ({ value, lag }))
    .filter(
      ({ value, lag }) => lag >= 50 && value >= (correlation[lag - 1] ?? 0) && value >= (correlation[lag + 1] ?? 0),
    );
  const best = peaks.reduce((a, b) => (b.value > a.value * 1.05 ? b : a));
  return 3_000 / best.lag;
}

const difference = (samples: Float32Array) => samples.map((x, i) => x - (samples[i - 1] ?? x));

/** Grows with the share of high frequencies: enough to tell bright from dark. */
const brightness = (samples: Float32Array) => rms(difference(samples)) / rms(samples);

describe('the sound', () => {
  test('is the same however it is cut, at any sample rate', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8_000, 22_050, 48_000),
        fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 6 }),
        fc.nat(100_000),
        (rateHz, counts, from) => {
          const sound = soundOf(3, exerciseSession(3, 60), rateHz);
          const whole = sound.read(
            from,
            counts.reduce((a, b) => a + b, 0),
          );
          let at = from;
          for (const count of counts) {
            expect(sound.read(at, count)).toEqual(whole.slice(at - from, at - from + count));
            at += count;
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  test('depends on the seeds and on nothing else', () => {
    const one = soundOf(5, exerciseSession(5, 30)).read(0, 48_000);
    expect(soundOf(5, exerciseSession(5, 30)).read(0, 48_000)).toEqual(one);
    expect(soundOf(6, exerciseSession(6, 30)).read(0, 48_000)).not.toEqual(one);
  });

  test('tells its rate through its envelope, within 1 per minute of the truth, at rest and in exercise', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const person = { ...personFromSeed(seed), jitter: 0.03 };
      for (const effort of [0, 0.5, 1]) {
        const plan = planSession(person, [stage({ seconds: 300, effort })], seed);
        const samples = new BreathSound(plan, RATE_HZ).read(260 * RATE_HZ, 40 * RATE_HZ);
        const truth = (60 / 40) * cyclesWithin(plan, 260, 300);
        expect(Math.abs(rateByEnvelope(samples) - truth), `seed ${seed}, effort ${effort}, ${truth} /min`).toBeLessThan(
          1,
        );
      }
    }
  });

  test('has inhalations brighter than exhalations, and pauses far below both', () => {
    const plan = planSession({ ...personFromSeed(2), exhaleOverInhaleDb: 0 }, restingSession(60), 2);
    const sound = new BreathSound(plan, RATE_HZ);
    const heard = (from: number, seconds: number) =>
      sound.read(Math.round(from * RATE_HZ), Math.round(seconds * RATE_HZ));
    for (const { inhale, exhale, startSecond, seconds } of plan.cycles.slice(1, -1)) {
      const inward = heard(inhale.startSecond, inhale.seconds);
      const outward = heard(exhale.startSecond, exhale.seconds);
      expect(brightness(inward)).toBeGreaterThan(1.5 * brightness(outward));
      const exhaled = exhale.startSecond + exhale.seconds;
      const pause = heard(exhaled + 0.01, startSecond + seconds - exhaled - 0.02);
      expect(20 * Math.log10(rms(pause) / rms(inward))).toBeLessThan(-30);
    }
  });

  test.each(['ambient', 'movement', 'wind', 'traffic', 'appliance'] as const)(
    'carries %s noise at the set SNR',
    (kind) => {
      const person = personFromSeed(4);
      for (const snrDb of [20, 5, -5]) {
        const noisy = planSession(person, [stage({ noises: [{ kind, snrDb }] })], 4);
        const clean = new BreathSound(planSession(person, [stage({})], 4), RATE_HZ).read(0, 30 * RATE_HZ);
        const noise = new BreathSound(noisy, RATE_HZ).read(0, 30 * RATE_HZ).map((x, i) => x - (clean[i] as number));
        const measured = 20 * Math.log10(rms(clean) / rms(noise));
        expect(Math.abs(measured - snrDb)).toBeLessThan(1.5);
        expect(Math.abs(20 * Math.log10(rms(clean) / breathLevel(noisy, noisy.stages[0] as never)))).toBeLessThan(1.5);
      }
    },
  );

  test('without breath is silent or speech, and louder than breath only when somebody speaks', () => {
    const level = (heard: Stage['heard']) => rms(soundOf(7, [stage({ heard })]).read(0, 30 * RATE_HZ));
    expect(level('silence')).toBeLessThan(level('breath') / 50);
    expect(level('silence')).toBeGreaterThan(0);
    expect(level('speech')).toBeGreaterThan(level('breath'));
  });
});

describe('a person', () => {
  const loudest = { ...personFromSeed(2), jitter: 0, exhaleOverInhaleDb: 0 };

  test('sounds darker through the nose than through the mouth, and changes over at an effort of their own', () => {
    const person = { ...loudest, mouthFromEffort: 0.3 };
    const plan = planSession(person, [stage({ seconds: 200 }), stage({ seconds: 300, effort: 1 })], 2);
    const sound = new BreathSound(plan, RATE_HZ);
    const heard = (from: number) => sound.read(from * RATE_HZ, 10 * RATE_HZ);
    expect(brightness(heard(480))).toBeGreaterThan(1.5 * brightness(heard(20)));
    expect(plan.cycles.at(2)?.inhale.through).toBe('nose');
    expect(plan.cycles.at(-1)?.inhale.through).toBe('mouth');
  });

  test('with a resonance has more sound at it', () => {
    const power = (hertz: number, samples: Float32Array) => {
      let [re, im] = [0, 0];
      samples.forEach((x, i) => {
        re += x * Math.cos((2 * Math.PI * hertz * i) / RATE_HZ);
        im += x * Math.sin((2 * Math.PI * hertz * i) / RATE_HZ);
      });
      return re ** 2 + im ** 2;
    };
    const band = (person: typeof loudest) => {
      const samples = new BreathSound(planSession(person, restingSession(5), 1), RATE_HZ).read(0, 4 * RATE_HZ);
      const around = (hertz: number) =>
        Array.from({ length: 20 }, (_, i) => power(hertz - 20 + 2 * i, samples)).reduce((a, b) => a + b, 0);
      return 10 * Math.log10(around(1_500) / around(5_000));
    };
    const ringing = { ...loudest, resonances: [{ hertz: 1_500, db: 12, octaves: 0.5 }] };
    expect(band(ringing) - band(loudest)).toBeGreaterThan(8);
  });

  test('sighs in their share of the cycles, longer than the others', () => {
    const typical = 60 / loudest.restingRatePerMinute;
    const sighs = (sighShare: number) => {
      const { cycles } = planSession({ ...loudest, sighShare }, restingSession(1_200), 3);
      return cycles.filter(({ seconds }) => seconds > 1.35 * typical).length / cycles.length;
    };
    expect(sighs(0)).toBe(0);
    expect(Math.abs(sighs(0.2) - 0.2)).toBeLessThan(0.06);
  });
});

describe('an appliance', () => {
  test.each(APPLIANCE_NAMES)('%s sounds without a pause at level one, each specimen in its own way', (name) => {
    const sound = applianceSound(name, 1, RATE_HZ, 2);
    expect(sound).toHaveLength(2 * RATE_HZ);
    for (let at = 0; at < 4; at++) {
      const level = rms(sound.subarray((at * RATE_HZ) / 2, ((at + 1) * RATE_HZ) / 2));
      expect(level).toBeGreaterThan(0.35);
      expect(level).toBeLessThan(1.8);
    }
    expect(applianceSound(name, 2, RATE_HZ, 0.1)).not.toEqual(sound.slice(0, RATE_HZ / 10));
  });
});

describe('the truth', () => {
  test('counts as audible the cycles whose louder phase falls where breath is heard', () => {
    const stages = [stage({ seconds: 60 }), stage({ seconds: 60, heard: 'speech' }), stage({ seconds: 60 })];
    const plan = planSession(personFromSeed(3), stages, 3);
    const audible = audibleCycles(plan);
    for (const cycle of plan.cycles) {
      const { startSecond, seconds } = cycle.exhale.gain > cycle.inhale.gain ? cycle.exhale : cycle.inhale;
      const middle = startSecond + seconds / 2;
      expect(audible.includes(cycle)).toBe(middle < 60 || middle >= 120);
    }
  });

  test('adds the power of all noises of a stage', () => {
    expect(snrOf({})).toBe(99);
    const noises = [
      { kind: 'wind', snrDb: 10 },
      { kind: 'traffic', snrDb: 10 },
    ] as const;
    expect(snrOf({ noises })).toBeCloseTo(10 - 10 * Math.log10(2), 9);
  });

  test('covers the session without gaps in stretches of 3 to 6 s, and says 0 where nothing breathes', () => {
    const plan = planSession(personFromSeed(9), exerciseSession(9, 300), 9);
    let at = 0;
    for (const stretch of truthOf(plan)) {
      expect(stretch.startSecond).toBeCloseTo(at, 6);
      expect(stretch.seconds).toBeGreaterThanOrEqual(3);
      expect(stretch.seconds).toBeLessThanOrEqual(6);
      expect(stretch.rrPerMinute > 0).toBe(stretch.breathing);
      at += stretch.seconds;
    }
    expect(at).toBeCloseTo(300, 6);
  });

  test('rises in exercise above 30 /min and comes back in recovery', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const person = personFromSeed(seed);
      const plan = planSession(person, exerciseSession(seed, 600), seed);
      const rate = (from: number, to: number) => (60 * cyclesWithin(plan, from, to)) / (to - from);
      expect(Math.abs(rate(0, 100) - person.restingRatePerMinute)).toBeLessThan(1.5);
      expect(rate(320, 410)).toBeGreaterThan(26);
      expect(rate(320, 410)).toBeGreaterThan(rate(540, 600) + 8);
    }
    const fastest = Array.from({ length: 20 }, (_, seed) =>
      Math.max(
        ...truthOf(planSession(personFromSeed(seed), exerciseSession(seed, 600), seed)).map((t) => t.rrPerMinute),
      ),
    );
    expect(fastest.filter((rate) => rate > 30).length).toBeGreaterThan(15);
  });

  test('counts every cycle once, however the session is divided', () => {
    const plan = planSession(personFromSeed(1), exerciseSession(1, 120), 1);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 120, noNaN: true }), (cut) => {
        expect(cyclesWithin(plan, 0, cut) + cyclesWithin(plan, cut, 120)).toBeCloseTo(cyclesWithin(plan, 0, 120), 9);
      }),
    );
  });
});
