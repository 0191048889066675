/** The same sound as ../../reference/make-reference.py: a chirp, digital silence, quiet with DC, pulsing, very quiet, a tone. */
export function referenceSound(): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length: 32_000 }, (_, n) => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    const noise = Math.floor(state / 65_536) / 65_536 - 0.5;
    const t = n / 16_000;
    return Math.round(soundAt(n, t, noise) * 32_767) / 32_768;
  });
}

function soundAt(n: number, t: number, noise: number): number {
  if (n < 4_000) return 0.3 * Math.sin(2 * Math.PI * (100 * t + 4000 * t * t)) + 0.2 * noise;
  if (n < 8_000) return 0;
  if (n < 14_000) return 0.002 * noise + 0.25;
  if (n < 20_000) return 0.9 * noise * Math.sin(2 * Math.PI * 3 * t) ** 2;
  if (n < 24_000) return 0.0001 * noise;
  return 0.2 * Math.sin(2 * Math.PI * 440 * t) + 0.02 * noise;
}
