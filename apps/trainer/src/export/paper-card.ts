import { ACCEPTED_SHARE, type PaperCalibration } from '../paper/calibrate.js';
import type { PaperRecipe } from '../recipe/paper-schema.js';
import { COSWARA_CITATION, INVESTIGATIONAL, groupTable, percent } from './card-parts.js';
import type { PaperFacts, TrainedPaper } from './paper-bundle.js';

/** MODEL_CARD.md of one of the paper's networks, from what was measured. */
export function paperCard(
  { set, model, result }: TrainedPaper,
  facts: PaperFacts,
  calibration: PaperCalibration,
): string {
  const { recipe } = model;
  const simulated = set.simulated ? '\nTrained and measured on simulated people, no evidence about people.\n' : '';
  const citation = set.name === 'coswara-breath' ? `\n${COSWARA_CITATION}\n` : '';
  const augmented = facts.noiseClips > 0 ? `, each indoor one also with noise out of ${facts.noiseClips} clips` : '';
  return `# Model card: ${recipe.name}

${INVESTIGATIONAL}
${simulated}
## What it does

One of the networks of Kumar et al. (2021), for comparison with them; the services run models/default, which is another one. From 4-7 s of sound near a person's nose and mouth: respiratory rate, breath class (none, normal, heavy above ${recipe.labels.heavyTrainingThreshold} /min) and the probability of noise. ${architectureOf(recipe)}, ${result.parameters} parameters; recipe \`${recipe.name}\` of this repository, epoch ${facts.bestEpoch} of ${facts.epochs} (the best by the validation people's CCC), seed ${facts.seed}. Recipe and scores are ours, and never the paper's.

The network also counts the breaths of a window; what the bundle gives as count is rate times duration. Rates below 0 come out as 0.

## What it was trained on

Data set \`${set.name}\`: ${facts.people} people, ${facts.recordings} recordings, ${facts.segments} counted segments${augmented}. Rates ${facts.rates.mean.toFixed(1)} +- ${facts.rates.deviation.toFixed(1)} /min. ${facts.split.validation.length} other people chose the epoch, thresholds and standard deviation. Never seen: ${facts.heldOut?.subjects.join(', ')}. SHA-256 of the data: \`${facts.dataSha256}\`, of the split: \`${facts.split.sha256}\`.
${citation}
## How well

${performance(calibration, recipe, facts)}
### Who and what is read how well

Segments with breath. Bias is estimate - reference, the limits are Bland-Altman's for one window (bias +- 1.96 SD, corrected for repeated measures per person), all per minute. Groups of fewer than three people are left out.

${groupTable(calibration.groups)}

${failuresOf(calibration)}## Standard deviation and thresholds

The paper's networks give no standard deviation. \`rr_std\` is ${facts.deviation} /min for every window: the root mean square of the error on the ${calibration.metrics.validation.n} segments with breath of the validation people. It is constant, so it tells nothing about a single window, and a limit on its share of the rate refuses slow rates first.

${thresholdsOf(calibration)}

## Limits

- One window is no clinical number: integer counts alone make it coarse. Pool windows over 60 s.
- Quiet breathing is often not heard: the answer is then \`not_heard\`, which says nothing about the person.
- How well it does for other people, microphones and places than those of this data set is unknown.
- The exported network's rates differ from the training backend's (${facts.backend}) by at most ${facts.largestDifference} /min on the segments above.
`;
}

function architectureOf({ network, frontEnd }: PaperRecipe): string {
  const name = network.convolution === 'none' ? 'LSTM' : 'TC-LSTM';
  const input = frontEnd.kind === 'mel' ? `${frontEnd.bands} mel-filterbank energies${frontEnd.deltas ? ' and their slopes' : ''}` : 'modulation features'; // prettier-ignore
  const pooling = network.pooling === 'mean' ? 'the mean of its states' : 'its last state';
  return `${name} with ${network.units} neurons on ${input}, read from ${pooling}`;
}

function performance({ metrics }: PaperCalibration, { labels }: PaperRecipe, { heldOut }: PaperFacts): string {
  const { clean, cccInterval, breath, heavy25, noise, falseAccept } = metrics;
  const interval = cccInterval ? ` (95 % interval by person ${cccInterval.lower.toFixed(3)} to ${cccInterval.upper.toFixed(3)})` : ''; // prettier-ignore
  const shares = Object.entries(falseAccept).map(([name, share]) => `${name} ${percent(share)}`);
  return `Measured with the network in this folder on the ${clean.n} segments of ${heldOut?.subjects.length} people who were never heard, accepted or not: CCC ${clean.ccc.toFixed(3)}${interval}, r ${clean.r.toFixed(3)}, MAE ${clean.mae.toFixed(2)} /min, MSE ${clean.mse.toFixed(3)} in squares of the training rates' standard deviation. F1: classes ${breath.f1.toFixed(3)}, above ${labels.heavyEventThreshold} /min ${heavy25.f1.toFixed(3)}${noise ? `, noise ${noise.f1.toFixed(3)}` : ', noise not measured, for the labels hold none'}. ${percent(clean.accepted)} of the segments with breath are accepted.

Accepted although there is no breath: ${shares.join(', ')}. The thresholds were chosen with the data set's own clips, whose shares are a little too good for that; the synthetic sounds were never heard.
`;
}

function failuresOf({ failures }: PaperCalibration): string {
  if (failures.length === 0) return '';
  const cases = failures.map(
    ({ segmentId, rrPerMinute, clean }, at) =>
      `- \`${segmentId}\`: counted ${rrPerMinute.toFixed(1)} /min, read as ${clean.rrPerMinute.toFixed(1)} /min. ![Spectrogram of ${segmentId}](failure-${at + 1}.png)`,
  );
  return `### Where it fails

The segments that were misread most, each of another recording, with their spectrograms (0-8 kHz):

${cases.join('\n')}

`;
}

function thresholdsOf({ thresholds, metrics }: PaperCalibration): string {
  const { pNone, pNoise, relativeStdDev, lowestRate, highestRate } = thresholds;
  return `Thresholds (no breathing ${pNone}, noise ${pNoise}, relative standard deviation ${relativeStdDev}) were chosen on the validation people and the data set's noise clips: of those that accept ${percent(ACCEPTED_SHARE)} of breathing segments, the ones that accept least breath-free sound. They accept ${percent(metrics.validation.accepted)} of the validation people's. Rates below ${lowestRate} and above ${highestRate} /min are beyond those of the training people, and are not accepted.`;
}
