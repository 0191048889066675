import { escaped } from '../plots/escaped.js';
import { countLine, headlineOf } from './headline.js';
import type { Heard, HeardWindow } from './listen.js';
import type { PictureTitle } from './picture.js';

const STYLE = `
:root { color-scheme: light; --ink: #22262b; --soft: #5b626c; --line: #dfe3e8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 2rem 1.5rem 4rem; background: #fff; color: var(--ink);
  font: 16px/1.55 Helvetica, Arial, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h1::first-letter { text-transform: uppercase; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
.soft { color: var(--soft); margin: .2rem 0; }
.mark { background: #fff3e6; border-left: 5px solid #d55e00; padding: .5rem 1rem; }
.wide { overflow-x: auto; }
.wide img { display: block; border: 1px solid var(--line); border-radius: 6px; margin: 1.2rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .9rem .35rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); white-space: nowrap; }
td { white-space: nowrap; }
td:last-child { white-space: normal; }
.label { color: #fff; border-radius: 4px; padding: .1rem .5rem; font-size: .85rem; font-weight: 700; }
.accepted { background: #009e73; } .noisy { background: #cc79a7; } .not-heard { background: #8a8f98; }
.unsure { background: #e69f00; } .out-of-range { background: #d55e00; }
li { margin: .3rem 0; max-width: 60rem; }
`;

/** The explanation as one page that needs no other file: what was heard, the picture, and why, window by window. */
export function explanationPage(heard: Heard, svg: string, { name, from, modelVersion }: PictureTitle): string {
  const until = (from + heard.seconds).toFixed(1);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)} explained</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(headlineOf(heard))}</h1>
<p class="soft">${escaped(name)}, ${from.toFixed(1)} to ${until} s, as heard by ${escaped(modelVersion)}. ${escaped(countLine(heard))}</p>
<p class="mark">Investigational; no medical device. Silence from a microphone is "not heard", never apnoea.</p>
<div class="wide"><img alt="${escaped(headlineOf(heard))}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"></div>
<h2>Window by window</h2>
<div class="wide"><table>
<thead><tr><th>from</th><th>to</th><th>rate</th><th></th><th>breathing</th><th>noise</th><th>why</th></tr></thead>
<tbody>
${heard.windows.map((window) => rowOf(window, from)).join('\n')}
</tbody>
</table></div>
<h2>How to read this</h2>
<ul>
<li>The rate of a window comes from the network's rate head alone, with its standard deviation. Services publish it only where it is accepted.</li>
<li>The probabilities of breathing in and out come from a head of the same network that helps its training, read every 40 ms and averaged over the windows that overlap. The counted breaths are peaks of the phase that is heard most: they explain what was heard, and no rate is made of them.</li>
<li>A rate is accepted where breathing is heard, the standard deviation is small beside the rate, and the rate is not near the ends of what the network can say: the table compares each with its threshold (sd is the standard deviation). Noise alone rejects nothing; where a rate is refused and there is noise, noise is given as the reason.</li>
</ul>
</body>
</html>
`;
}

function rowOf({ start, seconds, prediction, label, breathClass, reasons }: HeardWindow, from: number): string {
  const { rrPerMinute, rrStdDev, pNoise, pNone, pNormal, pHeavy } = prediction;
  const share = { none: pNone, normal: pNormal, heavy: pHeavy }[breathClass];
  const cells = [
    (from + start).toFixed(1),
    (from + start + seconds).toFixed(1),
    `${rrPerMinute.toFixed(1)} ± ${rrStdDev.toFixed(1)}`,
    `<span class="label ${label.replaceAll(' ', '-')}">${label}</span>`,
    `${breathClass} ${share.toFixed(2)}`,
    pNoise.toFixed(2),
    escaped(`${reasons.join('; ')}.`),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
