/** Upper ends of NEWS2's bands of respiratory rate, per minute, with their scores (Royal College of Physicians, 2017). */
const BANDS: readonly (readonly [highest: number, score: number])[] = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [Infinity, 3],
];

const bandOf = (perMinute: number) => BANDS.find(([highest]) => Math.round(perMinute) <= highest);

/**
 * NEWS2's respiratory sub-score of a pooled rate; undefined where its interval reaches into a second band. One
 * parameter is not a NEWS2.
 */
export function news2Score(lowerPerMinute: number, upperPerMinute: number): number | undefined {
  const band = bandOf(lowerPerMinute);
  return band !== undefined && band === bandOf(upperPerMinute) ? band[1] : undefined;
}
