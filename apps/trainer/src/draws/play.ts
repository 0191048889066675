/** Half the length of the interpolation filter in samples, and the number of its tabulated phases. */
const REACH = 5;
const PHASES = 128;

const tables = new Map<number, Float32Array>();

/** Hann-windowed sinc at the cutoff (share of Nyquist), [PHASES + 1, 2 REACH]; each row sums to 1. */
function filterTable(cutoff: number): Float32Array {
  const known = tables.get(cutoff);
  if (known) return known;
  const taps = 2 * REACH;
  const table = new Float32Array((PHASES + 1) * taps);
  for (let phase = 0; phase <= PHASES; phase++) {
    let sum = 0;
    const row = Array.from({ length: taps }, (_, tap) => {
      const distance = tap - (REACH - 1) - phase / PHASES;
      const x = Math.PI * distance * cutoff;
      const value = (x === 0 ? 1 : Math.sin(x) / x) * (0.5 + 0.5 * Math.cos((Math.PI * distance) / REACH));
      sum += value;
      return value;
    });
    row.forEach((value, tap) => (table[phase * taps + tap] = value / sum));
  }
  tables.set(cutoff, table);
  return table;
}

/**
 * Adds a stretch of sound, played at a speed, to the target. A short filter that keeps most of the band: this makes
 * training material, while the services resample with `#libs/audio`.
 * @param from first position in the source, in samples (any real number)
 * @param count samples to write at `target[at...]`
 */
export function playInto(
  target: Float32Array,
  at: number,
  count: number,
  source: Float32Array,
  from: number,
  speed: number,
  gain: number,
): void {
  if (speed === 1) from = Math.round(from); // a shift by part of a sample means nothing
  const cutoff = Math.min(1, Math.round(20 / speed) / 20); // in steps of 5 %, so that few tables are needed
  const table = filterTable(cutoff);
  const taps = 2 * REACH;
  if (speed === 1 && from >= 0 && from + count <= source.length) {
    for (let i = 0; i < count; i++) target[at + i] = (target[at + i] as number) + gain * (source[from + i] as number);
    return;
  }
  for (let i = 0; i < count; i++) {
    const position = from + i * speed;
    const before = Math.floor(position);
    const row = Math.round((position - before) * PHASES) * taps;
    const first = before - (REACH - 1);
    let sum = 0;
    if (first >= 0 && first + taps <= source.length) {
      for (let tap = 0; tap < taps; tap++) sum += (table[row + tap] as number) * (source[first + tap] as number);
    } else {
      for (let tap = 0; tap < taps; tap++) sum += (table[row + tap] as number) * (source[first + tap] ?? 0);
    }
    target[at + i] = (target[at + i] as number) + gain * sum;
  }
}
