import type { Calibration } from '../evaluation/calibrate.js';
import type { Condition } from '../evaluation/conditions.js';
import type { Agreement, Summary } from '../evaluation/summarise.js';
import type { Recipe } from '../recipe/schema.js';
import type { TrainingFacts } from './bundle.js';

const COLUMNS = [
  ['clean', 'as recorded'],
  ['snr20', '20 dB'],
  ['snr10', '10 dB'],
  ['snr5', '5 dB'],
  ['snr0', '0 dB'],
] as const;

const CONDITIONS = [
  ['quiet20dB', '20 dB quieter'],
  ['quiet40dB', '40 dB quieter'],
  ['rate8kHz', 'sample rate 8 kHz'],
  ['noiseSuppressed', 'noise-suppressed (spectral subtraction)'],
] as const satisfies readonly (readonly [Condition, string])[];

/** MODEL_CARD.md, from what was measured. */
export function modelCard(
  name: string,
  recipe: Recipe,
  parameters: number,
  facts: TrainingFacts,
  calibration: Calibration,
): string {
  return `# Model card: ${name}

Investigational. Not a medical device, and not for diagnosis, monitoring of patients or alarms that a life depends on.

## What it does

From 4-7 s of sound near a person's nose and mouth: respiratory rate with a standard deviation, breath class (none, normal, heavy above ${recipe.labels.heavyTrainingThreshold} /min) and the probability of noise. ${recipe.network.lstmUnits > 0 ? `TC-LSTM-${recipe.network.lstmUnits}` : 'Temporal convolutions'} with rate bins and a periodicity branch, ${parameters} parameters; recipe \`${recipe.name}\` of this repository, ${recipe.optimiser.steps} steps of ${recipe.optimiser.batch} items, averaged weights, seed ${facts.seed}.

## What it was trained on

${facts.people} people, ${facts.recordings} recordings (weighted by their ${facts.segments} annotated segments) of Project Coswara (Indian Institute of Science), breathing into a phone's or computer's microphone at home, CC BY 4.0; annotated for this project by eye, not by ear and without a breathing belt. Reference rates ${facts.rates.mean.toFixed(1)} +- ${facts.rates.deviation.toFixed(1)} /min. ${facts.noiseClips} noise clips: ESC-10 (Piczak 2015; CC0 or CC BY 3.0 per clip), Speech Commands background noise (Warden 2018; CC BY 4.0), speech and coughs of Coswara (CC BY 4.0). SHA-256 of the data: \`${facts.dataSha256}\`.

Cite: Sharma et al., "Coswara - A Database of Breathing, Cough, and Voice Sounds for COVID-19 Diagnosis", arXiv:2005.10548; Bhattacharya et al., Scientific Data 2023, s41597-023-02266-0.
${facts.heldOut ? `\nNever seen: ${facts.heldOut.subjects.join(', ')}, and ${facts.heldOut.noiseIds.length} noise clips.\n` : ''}
## How well

${performance(calibration, recipe)}
${breakdownOf(calibration)}${facts.heldOut ? '' : failuresOf(calibration, recipe)}## Limits

- Nobody was recorded with headphones, and nobody directly after exercise. Rates above 80 /min were only made by playing recordings faster.
- Quiet breathing is often not heard: the answer is then \`not_heard\`, which says nothing about the person.
- Half and double errors happen, most of all in slow breathing and in loud noise; one window is no clinical number. Pool windows over 60 s.
- Rates below ${calibration.thresholds.lowestRate} and above ${calibration.thresholds.highestRate} /min are out of range and are not accepted.
- Volunteers of a single collection; how well it does for other people, microphones and places is unknown.
`;
}

function performance({ metrics, thresholds, cccIntervals, seeds }: Calibration, recipe: Recipe): string {
  if (!('clean' in metrics)) {
    return 'Not measured: this network was exported without a cross-validation, and its thresholds are provisional.\n';
  }
  const summary = metrics as unknown as Summary;
  const rowOf = (title: string, column?: Agreement): string[] => {
    if (column === undefined) return [];
    const { n, ccc, r, mae, accepted } = column;
    const figures = [n, ccc.toFixed(3), r.toFixed(3), mae.toFixed(2), percent(accepted)];
    return [`| ${title} | ${figures.join(' | ')} |`];
  };
  const rows = [
    ...COLUMNS.flatMap(([key, title]) => rowOf(title, summary[key])),
    ...CONDITIONS.flatMap(([key, title]) => rowOf(title, summary.conditions?.[key])),
  ];
  const { recordings, falseAccept } = summary;
  const classes = Object.entries(falseAccept).map(([name, share]) => `${name} ${percent(share)}`);
  return `Out of fold: ${recipe.evaluation.folds} folds by person, each fold's noise clips held out too; fixed number of steps, no epoch picking; means over ${seeds ?? 1} seeds. The network in this folder is of the same recipe. Every segment counts, accepted or not.

| condition | segments | CCC of RR | r | MAE, /min | accepted |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${cccIntervals ? `95 % intervals of the CCC, drawing whole people: ${intervals(cccIntervals)}. ` : ''}Recordings, median of their windows: ${recordings.n}, CCC ${recordings.ccc.toFixed(3)}, MAE ${recordings.mae.toFixed(2)} /min, ${percent(recordings.within5)} within 5 /min. F1: three classes ${summary.breath3.f1.toFixed(3)}, above 25 /min ${summary.heavy25.f1.toFixed(3)}, class heavy ${summary.heavy30.f1.toFixed(3)}${summary.noise ? `, noise ${summary.noise.f1.toFixed(3)}` : ''}.

Accepted although there is no breath: ${classes.join(', ')}.

Thresholds (no breathing ${thresholds.pNone}, relative standard deviation ${thresholds.relativeStdDev}) were chosen on the same out-of-fold predictions, so that about ${percent(recipe.evaluation.acceptedShare)} of clean segments are accepted; the shares above are a little too good for that.
`;
}

function breakdownOf({ groups = [] }: Calibration): string {
  if (groups.length === 0) return '';
  const rows = groups.map(({ group, people, segments, ccc, mae, bias, lower, upper }) => {
    const limits = [bias, lower, upper].map((value) => value.toFixed(1)).join(' | ');
    return `| ${group} | ${people} | ${segments} | ${ccc?.toFixed(3) ?? ''} | ${mae.toFixed(2)} | ${limits} |`;
  });
  return `### Who and what is read how well

Clean segments, out of fold, every seed. Bias is estimate - reference, the limits are Bland-Altman's for one window (bias +- 1.96 SD, corrected for repeated measures per person), all per minute. Sex and age as the volunteers stated them; groups of fewer than three people are left out.

| group | people | segments | CCC | MAE | bias | lower limit | upper limit |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

`;
}

function failuresOf({ failures = [] }: Calibration, recipe: Recipe): string {
  if (failures.length === 0) return '';
  const cases = failures.map(
    ({ recordingId, rrPerMinute, predictedRrPerMinute, accepted, picture }) =>
      `- \`${recordingId}\`: annotated ${rrPerMinute.toFixed(1)} /min, read as ${predictedRrPerMinute.toFixed(1)} /min (median of its windows; ${percent(accepted)} of them accepted). ![Spectrogram of ${recordingId}](../${recipe.name}-folds/${picture})`,
  );
  return `### Where it fails

The recordings that were misread most, out of fold, with their spectrograms (0-8 kHz, whole recording):

${cases.join('\n')}

`;
}

const intervals = (all: NonNullable<Calibration['cccIntervals']>): string =>
  COLUMNS.flatMap(([key, title]) => {
    const interval = all[key];
    return interval ? [`${title} ${interval.lower.toFixed(3)} to ${interval.upper.toFixed(3)}`] : [];
  }).join(', ');

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
