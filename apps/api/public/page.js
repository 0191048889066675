/** The page: subjects from the store, then whatever the event stream says. */
import { Card } from './card.js';
import { COURSE_MS } from './course.js';

const MOST_CARDS = 60;
const LOADS_AT_ONCE = 4;
const STATUS_EVERY_MS = 5_000;
const DRAW_EVERY_MS = 5_000;

const byId = (id) => document.getElementById(id);
const cards = new Map();
let filter = '';

async function get(path) {
  const response = await fetch(path);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? `status ${response.status}`);
  return body;
}

/** Reads everything that is known: at the start, and again after events were missed. */
async function load() {
  const { subjects } = await get('v1/subjects?limit=1000');
  for (const { subjectId } of subjects) cardOf(subjectId);
  arrange();
  const queue = [...document.querySelectorAll('.card:not([hidden])')].map((node) => node.dataset.subject);
  await Promise.all(Array.from({ length: LOADS_AT_ONCE }, () => loadCourses(queue)));
}

async function loadCourses(queue) {
  for (let subjectId = queue.shift(); subjectId !== undefined; subjectId = queue.shift()) {
    const from = new Date(Date.now() - COURSE_MS).toISOString();
    const path = `v1/subjects/${encodeURIComponent(subjectId)}/estimates?limit=1000&from=${from}`;
    const { estimates } = await get(path);
    cardOf(subjectId).add(estimates);
  }
}

function cardOf(subjectId) {
  let card = cards.get(subjectId);
  if (!card) {
    card = new Card(subjectId);
    cards.set(subjectId, card);
    const next = [...cards.keys()].sort().find((id) => id > subjectId);
    byId('cards').insertBefore(card.node, next ? cards.get(next).node : null);
  }
  return card;
}

function arrange() {
  let shown = 0;
  let matching = 0;
  for (const node of byId('cards').children) {
    const matches = node.dataset.subject.toLowerCase().includes(filter);
    if (matches) matching += 1;
    node.hidden = !matches || shown >= MOST_CARDS;
    if (!node.hidden) shown += 1;
  }
  byId('filter-label').hidden = cards.size <= 6;
  byId('empty').hidden = matching > 0;
  byId('empty').textContent =
    cards.size > 0
      ? 'No subject has that in its name.'
      : 'No breath has been heard yet. Start a fleet (npm start) or send a recording (npm run replay -- FILE --subject me); it appears here by itself.';
  byId('more').hidden = matching <= shown;
  byId('more').textContent = `and ${matching - shown} more; filter to see them`;
}

function listen() {
  const events = new EventSource('v1/stream');
  const link = byId('link');
  const say = (text, live) => {
    link.textContent = text;
    link.classList.toggle('live', live);
  };
  events.addEventListener('open', () => say('live', true));
  events.addEventListener('error', () => say('connection lost, trying again', false));
  events.addEventListener('reset', () => void reload());
  events.addEventListener('estimate', ({ data }) => {
    const estimate = JSON.parse(data);
    const isNew = !cards.has(estimate.subjectId);
    cardOf(estimate.subjectId).add([estimate]);
    if (isNew) arrange();
  });
}

async function showStatus() {
  try {
    const {
      streams,
      windowsPerSecond,
      lagSeconds,
      windowEndToEstimateSeconds: delay,
      simulatedTruth: truth,
    } = await get('v1/status');
    byId('streams').textContent = streams;
    byId('windows').textContent = windowsPerSecond.toFixed(1);
    byId('lag').textContent = lagSeconds === null ? '–' : `${lagSeconds.toFixed(1)} s`;
    byId('delay').textContent = delay === null ? '–' : `${delay.median.toFixed(1)} s`;
    byId('truth-figure').hidden = truth === null;
    if (truth) byId('truth').textContent = `${truth.medianAbsoluteError.toFixed(1)} /min`;
  } catch {
    for (const id of ['streams', 'windows', 'lag', 'delay']) byId(id).textContent = '–';
  }
}

async function reload() {
  try {
    await load();
  } catch (error) {
    byId('empty').hidden = cards.size > 0;
    byId('empty').textContent = `The store does not answer (${error.message}). Trying again.`;
    setTimeout(reload, 3_000);
  }
}

byId('filter').addEventListener('input', ({ target }) => {
  filter = target.value.trim().toLowerCase();
  arrange();
  void reload();
});
listen();
void reload();
void showStatus();
setInterval(showStatus, STATUS_EVERY_MS);
setInterval(() => cards.forEach((card) => card.draw()), DRAW_EVERY_MS);
