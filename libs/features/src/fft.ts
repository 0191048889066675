/** Complex points of the transform: a real frame of 512 samples is packed into half as many complex numbers. */
const POINTS = 256;
const RADIX = 4;
const STAGES = 4; // 4^4 = 256

/** Where input n goes so that the butterflies leave their result in natural order: n with its base-4 digits reversed. */
function digitReversed(index: number): number {
  let reversed = 0;
  for (let stage = 0; stage < STAGES; stage++)
    reversed = reversed * RADIX + (Math.floor(index / RADIX ** stage) % RADIX);
  return reversed;
}

/** Twiddles of all butterflies in the order in which they are used: cos and sin of 1, 2 and 3 times the angle. */
function butterflyTwiddles(): Float64Array {
  const values: number[] = [];
  for (let length = RADIX; length <= POINTS; length *= RADIX) {
    for (let j = 0; j < length / RADIX; j++) {
      for (let power = 1; power < RADIX; power++) {
        const angle = (2 * Math.PI * j * power) / length;
        values.push(Math.cos(angle), Math.sin(angle));
      }
    }
  }
  return Float64Array.from(values);
}

/**
 * Power spectrum of real frames of 512 samples: a radix-4 transform of 256 complex points (decimation in time), then
 * the usual separation of the two interleaved halves. All buffers are made once; nothing is allocated per frame.
 */
export class PowerSpectrum512 {
  /** Place of complex input n (real samples 2n and 2n+1) in `real` and `imaginary`. */
  readonly order = Uint16Array.from({ length: POINTS }, (_, index) => digitReversed(index));
  /** The caller writes all 256 places before every `transform`, which overwrites them. */
  readonly real = new Float64Array(POINTS);
  readonly imaginary = new Float64Array(POINTS);
  /** |X_k|^2 for k = 0..255; the Nyquist bin is not computed. */
  readonly power = new Float64Array(POINTS);
  private readonly twiddles = butterflyTwiddles();
  private readonly cosines = Float64Array.from({ length: POINTS }, (_, k) => Math.cos((Math.PI * k) / POINTS));
  private readonly sines = Float64Array.from({ length: POINTS }, (_, k) => Math.sin((Math.PI * k) / POINTS));

  /** Turns the packed frame in `real` and `imaginary` into `power`. */
  transform(): void {
    this.butterflies();
    this.separate();
  }

  private butterflies(): void {
    const { real, imaginary, twiddles } = this;
    let table = 0;
    for (let quarter = 1; quarter < POINTS; quarter *= RADIX) {
      const length = quarter * RADIX;
      for (let j = 0; j < quarter; j++, table += 6) {
        const c1 = twiddles[table] as number;
        const s1 = twiddles[table + 1] as number;
        const c2 = twiddles[table + 2] as number;
        const s2 = twiddles[table + 3] as number;
        const c3 = twiddles[table + 4] as number;
        const s3 = twiddles[table + 5] as number;
        for (let i0 = j; i0 < POINTS; i0 += length) {
          const i1 = i0 + quarter;
          const i2 = i1 + quarter;
          const i3 = i2 + quarter;
          let re = real[i1] as number;
          let im = imaginary[i1] as number;
          const r1 = re * c1 + im * s1;
          const m1 = im * c1 - re * s1;
          re = real[i2] as number;
          im = imaginary[i2] as number;
          const r2 = re * c2 + im * s2;
          const m2 = im * c2 - re * s2;
          re = real[i3] as number;
          im = imaginary[i3] as number;
          const r3 = re * c3 + im * s3;
          const m3 = im * c3 - re * s3;
          re = real[i0] as number;
          im = imaginary[i0] as number;
          const evenR = re + r2;
          const evenM = im + m2;
          const oddR = re - r2;
          const oddM = im - m2;
          const sumR = r1 + r3;
          const sumM = m1 + m3;
          const differenceR = r1 - r3;
          const differenceM = m1 - m3;
          real[i0] = evenR + sumR;
          imaginary[i0] = evenM + sumM;
          real[i1] = oddR + differenceM;
          imaginary[i1] = oddM - differenceR;
          real[i2] = evenR - sumR;
          imaginary[i2] = evenM - sumM;
          real[i3] = oddR - differenceM;
          imaginary[i3] = oddM + differenceR;
        }
      }
    }
  }

  /** X_k = E_k + exp(-i pi k / 256) O_k, where E and O (even and odd samples) come from Z_k and Z_(256-k). */
  private separate(): void {
    const { real, imaginary, power, cosines, sines } = this;
    for (let k = 0; k < POINTS; k++) {
      const mirror = (POINTS - k) & (POINTS - 1);
      const a = real[k] as number;
      const b = imaginary[k] as number;
      const c = real[mirror] as number;
      const d = imaginary[mirror] as number;
      const cosine = cosines[k] as number;
      const sine = sines[k] as number;
      const oddR = b + d;
      const oddM = c - a;
      const re = a + c + oddR * cosine + oddM * sine;
      const im = b - d + oddM * cosine - oddR * sine;
      power[k] = 0.25 * (re * re + im * im);
    }
  }
}
