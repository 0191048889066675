import type { Heard } from './listen.js';

/** What was heard, in one line. */
export function headlineOf({ windows, medianRate }: Heard): string {
  const accepted = windows.filter(({ quality }) => quality === 'ok').length;
  if (medianRate !== undefined) {
    return `${medianRate.toFixed(1)} breaths/min, the median of ${accepted} accepted of ${windows.length} windows`;
  }
  const labels = windows.map(({ label }) => label);
  const [first] = labels;
  const isOne = labels.every((label) => label === first);
  return `no rate is accepted: ${isOne ? `${first} in ${windows.length === 1 ? 'its window' : `all ${windows.length} windows`}` : 'see why below'}`;
}

/** What was counted, in one line. */
export function countLine({ counted, density, seconds, medianRate }: Heard): string {
  const { times, of } = counted;
  if (density.source === 'envelope') {
    return `This network gives no phases, so the density is how loud the sound is: ${times.length} bursts in ${seconds.toFixed(1)} s, of which a breath may make two.`;
  }
  const phase = { inhale: 'inhalations', exhale: 'exhalations', breath: 'breaths of unknown phase' }[of];
  const doubt = medianRate === undefined ? ', in sound of which no rate is accepted' : '';
  return `${times.length} ${phase} counted in ${seconds.toFixed(1)} s${doubt}.`;
}
