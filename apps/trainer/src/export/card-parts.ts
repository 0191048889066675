import type { GroupAgreement } from '../evaluation/breakdown.js';

/** What every model card begins with. */
export const INVESTIGATIONAL =
  'Investigational. Not a medical device, and not for diagnosis, monitoring of patients or alarms that a life depends on.';

export const COSWARA_CITATION =
  'Cite: Sharma et al., "Coswara - A Database of Breathing, Cough, and Voice Sounds for COVID-19 Diagnosis", arXiv:2005.10548; Bhattacharya et al., Scientific Data 2023, s41597-023-02266-0.';

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Agreement by group, as a Markdown table. */
export function groupTable(groups: readonly GroupAgreement[]): string {
  const rows = groups.map(({ group, people, segments, ccc, mae, bias, lower, upper }) => {
    const limits = [bias, lower, upper].map((value) => value.toFixed(1)).join(' | ');
    return `| ${group} | ${people} | ${segments} | ${ccc?.toFixed(3) ?? ''} | ${mae.toFixed(2)} | ${limits} |`;
  });
  return `| group | people | segments | CCC | MAE | bias | lower limit | upper limit |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}`;
}
