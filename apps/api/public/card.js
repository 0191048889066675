import { COURSE_MS, coursePath, createCourse } from './course.js';

const SILENT_AFTER_MS = 30_000;

const QUALITY = {
  ok: 'heard clearly',
  noisy: 'too noisy for a rate',
  not_heard: 'no breath heard',
  low_confidence: 'not sure enough for a rate',
  unknown: 'quality unknown',
};
const REST = { rest: 'at rest', active: 'active', unknown: 'activity unknown' };

function element(tag, className, text = '') {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

/** One subject: the current rate, how well it is heard, whether at rest, and the course of the last minutes. */
export class Card {
  constructor(subjectId) {
    this.subjectId = subjectId;
    this.estimates = [];
    this.node = element('li', 'card');
    this.node.dataset.subject = subjectId;
    const head = element('div', 'card-head');
    this.rest = element('span', 'badge');
    head.append(element('h3', '', subjectId), this.rest);
    const reading = element('p', 'reading');
    this.rate = element('span', 'rate');
    reading.append(this.rate, element('span', 'unit', 'breaths per minute'));
    this.quality = element('p', 'quality');
    this.course = createCourse();
    const axis = element('div', 'axis');
    axis.append(
      element('span', 'span', '10 min ago'),
      element('span', 'span', 'lines at 10, 20, 30, 40'),
      element('span', 'span', 'now'),
    );
    this.node.append(head, reading, this.quality, this.course, axis);
    this.draw();
  }

  /** Takes estimates in any order; one that is known already is replaced. */
  add(estimates) {
    const all = new Map(this.estimates.map((estimate) => [estimate.key, estimate]));
    for (const estimate of estimates) {
      const key = `${estimate.deviceId} ${estimate.sessionId} ${estimate.windowStart}`;
      all.set(key, { ...estimate, key, windowStartMs: Date.parse(estimate.windowStart) });
    }
    const oldest = Date.now() - COURSE_MS;
    this.estimates = [...all.values()]
      .filter(({ windowStartMs }, index, { length }) => windowStartMs >= oldest || index === length - 1)
      .sort((a, b) => a.windowStartMs - b.windowStartMs);
    this.draw();
  }

  draw() {
    const nowMs = Date.now();
    const last = this.estimates.at(-1);
    const accepted = this.estimates.findLast(({ quality }) => quality === 'ok');
    const lastEndMs = last ? last.windowStartMs + last.windowSeconds * 1000 : 0;
    const silent = !last || nowMs - lastEndMs > SILENT_AFTER_MS;
    const restState = silent ? 'unknown' : last.restState;

    this.node.classList.toggle('stale', silent || last.quality !== 'ok');
    this.rate.textContent = accepted ? accepted.rrPerMinute.toFixed(1) : '–';
    this.rest.textContent = REST[restState] ?? restState;
    this.rest.className = `badge ${restState}`;
    this.quality.textContent = silent ? silence(last, lastEndMs, nowMs) : described(last);
    const path = coursePath(this.estimates, nowMs);
    this.course.lastElementChild.setAttribute('d', path);
    this.course.setAttribute('aria-label', this.summary(nowMs));
  }

  summary(nowMs) {
    const rates = this.estimates
      .filter(({ quality, windowStartMs }) => quality === 'ok' && windowStartMs >= nowMs - COURSE_MS)
      .map(({ rrPerMinute }) => rrPerMinute);
    if (rates.length === 0) return 'No accepted rate in the last ten minutes.';
    const [low, high] = [Math.min(...rates), Math.max(...rates)].map((rate) => rate.toFixed(1));
    return `Rate over the last ten minutes: ${rates.length} accepted windows between ${low} and ${high} breaths per minute.`;
  }
}

function described({ quality, rrStdDev }) {
  const text = QUALITY[quality] ?? quality;
  return quality === 'ok' ? `${text}, ± ${rrStdDev.toFixed(1)}` : text;
}

function silence(last, lastEndMs, nowMs) {
  if (!last) return 'nothing received in the last ten minutes';
  const minutes = Math.round((nowMs - lastEndMs) / 60_000);
  return `nothing received for ${minutes < 1 ? 'half a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`}`;
}
