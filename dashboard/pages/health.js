// Health: is the box well, for the technician.
import { strings as S } from './strings.en.js';
import { el, table, render } from './dom.js';
import { get } from './api.js';
import { count, age, hour } from './words.js';
import { coverageSection } from './coverage.js';

const EVERY_MS = 10000;
const moment = (s) => new Date(s * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const MOMENTS = new Set(['updated', 'started', 'gap_from', 'gap_until', 'countries_built', 'networks_built']);
const shown = ([figure, value]) => (MOMENTS.has(figure) ? (value ? hour(value) : S.health.never) : count(value));
const GROUPS = {
  capture: /^(captured|thread|worker|walls|crashes|switched|gap|unconfirmed|kernel|ring|decoded|undecodable|fragments|table|devices|flows_pushed|hellos)/,
  names: /^(flows$|named|blind|feed|countries|networks)/,
  store: /^(sightings|batches|spool|disk|store|reconnects)/,
};

function gapLine(gaps, line) {
  if (gaps.from === null) return line(true, S.health.gapNone);
  const from = moment(gaps.from);
  return gaps.until === null ? line(false, S.health.gapOpen(from)) : line(false, S.health.gaps(gaps.count, gaps.seconds, from, moment(gaps.until)));
}

function verdicts(d) {
  const ago = age(Math.max(0, d.now - d.sensor.updated));
  const say = S.health.state[d.sensor.state];
  const well = d.sensor.state === 'running' || d.sensor.state === 'demo';
  const line = (good, text) => el('li', { class: good ? 'good' : 'bad' }, text);
  return el('ul', { class: 'verdicts' }, line(well, typeof say === 'function' ? say(ago) : say),
    line(!d.sensor.store_red, d.sensor.store_red ? S.health.storeRed : S.health.storeGreen),
    line(d.coverage.lost_frames === 0, d.coverage.lost_frames ? S.health.drops(d.coverage.lost_frames) : S.health.dropsNone),
    gapLine(d.sensor.gaps, line),
    d.sensor.doubtful > 0 && line(false, S.doubtful(d.sensor.doubtful)),
    d.sensor.switched_off.map((word) => line(false, S.health.leftOut(word))),
    !d.sensor.walls && line(false, S.health.noWalls));
}

// Each gap of today, the newest first.
function gapSection(d) {
  if (!d.gaps_today?.length) return false;
  const rows = [...d.gaps_today].reverse().map((g) => [moment(g.from), g.until === null ? S.health.gapNow : moment(g.until),
    count(Math.max(0, (g.until ?? d.now) - g.from)), S.health.gapWhy[g.why]]);
  return el('section', { 'aria-labelledby': 'gaps' }, el('h2', { id: 'gaps' }, S.health.gapsToday),
    table(S.health.gapsToday, [S.health.gapFrom, S.health.gapUntil, { text: S.health.gapSeconds, number: true }, S.health.gapCause], rows, { quietCaption: true }),
    d.gaps_beyond > 0 && el('p', { class: 'faint' }, S.health.gapsBeyond(d.gaps_beyond)));
}

function figures(d) {
  const rest = new Map(d.figures.map((f) => [f.name, f.value]));
  const groups = Object.entries(GROUPS).map(([name, pattern]) => {
    const rows = [...rest].filter(([figure]) => pattern.test(figure));
    rows.forEach(([figure]) => rest.delete(figure));
    return [name, rows];
  });
  groups.push(['other', [...rest]]);
  return groups.filter(([, rows]) => rows.length).map(([name, rows]) => el('div', {}, el('h3', {}, S.health.groups[name]),
    table(S.health.groups[name], [S.health.figure, { text: S.health.value, number: true }], rows.map((row) => [el('code', {}, row[0]), shown(row)]), { quietCaption: true })));
}

function draw(main, d) {
  const open = main.querySelector('details')?.open;
  render(main, el('h1', {}, S.health.title), el('p', { class: 'lead' }, S.health.lead), verdicts(d),
    coverageSection(d.coverage), gapSection(d),
    el('section', { 'aria-labelledby': 'checks' }, el('h2', { id: 'checks' }, S.health.checks),
      table(S.health.checks, [S.health.check, { text: S.health.left, number: true }, { text: S.health.right, number: true }, S.health.result],
        d.identities.map((i) => [el('code', {}, i.name), count(i.left), count(i.right), el('strong', { class: i.holds ? null : 'wrong' }, i.holds ? S.health.holds : S.health.broken)]), { quietCaption: true })),
    el('section', { 'aria-labelledby': 'figures' }, el('h2', { id: 'figures' }, S.health.figures),
      d.figures.length ? el('details', { open: open ?? true }, el('summary', {}, S.health.figures), el('div', { class: 'groups' }, figures(d))) : el('p', {}, S.health.noFigures)),
    el('p', { class: 'faint' }, S.foot.version(d.version), ' · ', S.health.redis(d.redis), ' · ', S.health.refreshed));
}

export async function show(main, { showDemo, showError }) {
  const d = await get('/api/v1/health');
  if (d.demo) showDemo(true);
  draw(main, d);
  setInterval(async () => {
    if (document.hidden || main.contains(document.activeElement)) return; // nothing moves under somebody's fingers
    try { draw(main, await get('/api/v1/health', { background: true })); } catch (error) { showError(error); }
  }, EVERY_MS);
}
