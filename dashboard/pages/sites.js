// Support sites: what was released, site by site; until something is, the page says why there is nothing.
import { strings as S } from './strings.en.js';
import { el, render, table, foreign } from './dom.js';
import { get } from './api.js';
import { bars } from './chart.js';
import { count, country, percent, day as dayWords, purpose } from './words.js';
import { coverageLine } from './coverage.js';

const verdicts = { shown: 'high', likely: 'medium' };

function nothing(d) {
  return [el('h1', {}, S.sites.headlineNone), el('p', { class: 'lead' }, S.sites.lead),
    el('section', { 'aria-labelledby': 'why' }, el('h2', { id: 'why' }, S.sites.why), el('ul', {}, S.sites.reasons(d.least_devices).map((r) => el('li', {}, r)))),
    el('section', { 'aria-labelledby': 'now' }, el('h2', { id: 'now' }, S.sites.now), el('p', {}, S.sites.nowText))];
}

function told(site) {
  const clear = site.told.filter((t) => verdicts[t.verdict]), rest = site.told.filter((t) => !verdicts[t.verdict]);
  return [clear.length === 0 ? el('p', {}, S.sites.noneClear)
    : el('ul', { class: 'told' }, clear.map((t) => el('li', {},
      el('p', {}, el('span', { class: `tag ${verdicts[t.verdict]}` }, S.sites.verdicts[t.verdict]), ' ', el('strong', {}, foreign(t.organisation || t.tracker || t.host)), ', ', purpose(t.purpose), ', ', country(t.country)),
      el('p', {}, S.sites.after(t.visits_with, t.visits, percent(t.control_rate)), ' ', t.visits_with > 0 && S.sites.soon(t.median_delay_s, percent(t.share_within_2s)), ' ', S.sites.since(dayWords(t.since))),
      el('p', { class: 'faint' }, foreign(t.host))))),
  rest.length > 0 && el('details', {}, el('summary', {}, S.sites.others(rest.length)),
    table(S.sites.others(rest.length), [S.today.company, S.today.whatFor, { text: S.sites.followed, number: true }],
      rest.map((t) => [foreign(t.organisation || t.tracker || t.host), purpose(t.purpose), S.sites.of(t.visits_with, t.visits)]), { quietCaption: true }))];
}

function card(site) {
  const id = `site-${site.site.replace(/[^a-z0-9-]/g, '-')}`;
  return el('section', { 'aria-labelledby': id }, el('div', { class: 'row' }, el('h2', { id }, foreign(site.site)), el('p', { class: 'faint' }, S.sites.visits(site.visits))),
    told(site),
    site.periods.length > 1 && el('h3', {}, S.sites.trendShort),
    site.periods.length > 1 && bars({ title: S.sites.trend(site.site), heads: [S.sites.period, { text: S.sites.visitsHead, number: true }], width: 720, each: Math.ceil(site.periods.length / 8),
      rows: [...site.periods].reverse().map((p) => ({ label: p.period.slice(5), long: S.sites.periodWords(p, dayWords(p.first, 'short'), dayWords(p.last, 'short')), value: p.visits })) }),
    site.periods.length === 1 && el('p', { class: 'faint' }, S.sites.periodWords(site.periods[0], dayWords(site.periods[0].first, 'short'), dayWords(site.periods[0].last, 'short')), ': ', count(site.periods[0].visits)));
}

export async function show(main, { showDemo }) {
  const d = await get('/api/v1/sites');
  if (d.demo) showDemo(true);
  const telling = d.sites.filter((s) => s.told.some((t) => verdicts[t.verdict]));
  const quiet = d.sites.filter((s) => !telling.includes(s));
  render(main, d.sites.length === 0 ? nothing(d)
    : [el('h1', {}, S.sites.headline(telling.length, d.sites.length)), el('p', { class: 'lead' }, S.sites.lead), telling.map(card), quiet.map(card), el('p', {}, S.sites.least(d.least_devices))],
  el('p', { class: 'notice' }, S.sites.promise), coverageLine(d.coverage));
}
