/**
 * (x - mean) / (deviation + offset), in place, where mean and (biased) deviation are those of a feature over the window's
 * own frames: what a microphone and a room add to every frame vanishes.
 * @param features [frames, width] row by row
 * @param deviationOffset positive; keeps a feature that hardly changes from being blown up
 */
export function normaliseWindow(features: Float32Array, width: number, deviationOffset: number): void {
  const frames = features.length / width;
  for (let feature = 0; feature < width; feature++) {
    let sum = 0;
    for (let at = feature; at < features.length; at += width) sum += features[at] as number;
    const mean = sum / frames;
    let squares = 0;
    for (let at = feature; at < features.length; at += width) squares += ((features[at] as number) - mean) ** 2;
    const divisor = Math.sqrt(squares / frames) + deviationOffset;
    for (let at = feature; at < features.length; at += width)
      features[at] = ((features[at] as number) - mean) / divisor;
  }
}
