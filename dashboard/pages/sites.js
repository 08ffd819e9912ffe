// Support sites: what was released and what was proved, site by site; until something is, the page says why there is nothing.
import { strings as S } from './strings.en.js';
import { el, render, foreign } from './dom.js';
import { get } from './api.js';
import { country, percent, day as dayWords, purpose } from './words.js';
import { coverageLine } from './coverage.js';
import { byCompany, companyOf, isClear, TAGS } from './verdicts.js';

const SHOWN = 3;
const pageOf = (site) => `/site?site=${encodeURIComponent(site)}`;

function nothing(d) {
  return [el('h1', {}, S.sites.headlineNone), el('p', { class: 'lead' }, S.sites.lead),
    el('section', { 'aria-labelledby': 'why' }, el('h2', { id: 'why' }, S.sites.why), el('ul', {}, S.sites.reasons(d.least_devices).map((r) => el('li', {}, r))))];
}

function finding([t]) {
  return el('li', {}, el('p', {}, el('span', { class: `tag ${TAGS[t.verdict]}` }, S.sites.verdicts[t.verdict]), ' ', el('strong', {}, foreign(companyOf(t))), ', ', purpose(t.purpose), ', ', country(t.country)),
    el('p', {}, S.sites.after(t.visits_with, t.visits, percent(t.control_rate)), ' ', S.sites.soon(t.median_delay_s, percent(t.share_within_2s)), ' ', S.sites.since(dayWords(t.since))));
}

function card(site) {
  const id = `site-${site.site.replace(/[^a-z0-9-]/g, '-')}`, clear = byCompany(site.told), name = site.label || site.site;
  return el('section', { 'aria-labelledby': id },
    el('div', { class: 'row' }, el('h2', { id }, el('a', { href: pageOf(site.site) }, foreign(name))), el('p', { class: 'faint' }, site.label && [foreign(site.site), ' · '], S.sites.visits(site.visits))),
    site.told_page.length > 0 && el('p', { class: 'proof-line' }, S.sites.provedLine(site.told_page)),
    site.periods.length === 0 ? el('p', {}, S.sites.keptOnly) : clear.length === 0 ? el('p', {}, S.sites.noneClear) : el('ul', { class: 'told' }, clear.slice(0, SHOWN).map(finding)),
    el('p', {}, el('a', { href: pageOf(site.site) }, clear.length > SHOWN ? S.sites.openMore(name, clear.length - SHOWN) : S.sites.open(name)),
      site.recordings + site.tests > 0 && el('span', { class: 'faint' }, ' · ', S.sites.recordingsKept(site.recordings, site.tests))));
}

function look() {
  const input = el('input', { id: 'look', name: 'site', required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': 'look-hint' });
  return el('section', { 'aria-labelledby': 'yourself' }, el('h2', { id: 'yourself' }, S.sites.yourself), el('p', {}, S.sites.nowText),
    el('form', { class: 'fields', onsubmit: (event) => { event.preventDefault(); location.assign(pageOf(input.value.trim().toLowerCase().replace(/^https?:\/\//, '').replace(/[/?#].*$/, ''))); } },
      el('p', { class: 'field' }, el('label', { for: 'look' }, S.sites.look), el('span', { class: 'hint', id: 'look-hint' }, S.sites.lookHint), input), el('p', { class: 'field end' }, el('button', { type: 'submit' }, S.sites.lookGo))));
}

// Sites without a finding: a line each.
function others(sites) {
  return sites.length > 0 && el('section', { 'aria-labelledby': 'quiet' }, el('h2', { id: 'quiet' }, S.sites.quiet), el('p', {}, S.sites.noneClear),
    el('ul', { class: 'names' }, sites.map((s) => el('li', {}, el('a', { href: pageOf(s.site) }, foreign(s.label || s.site)), ' ', el('span', { class: 'faint' }, s.periods.length ? S.sites.visits(s.visits) : S.sites.recordingsKept(s.recordings, s.tests))))));
}

export async function show(main, { showDemo }) {
  const d = await get('/api/v1/sites');
  if (d.demo) showDemo(true);
  const telling = d.sites.filter((s) => s.told.some(isClear) || s.told_page.length > 0), quiet = d.sites.filter((s) => !telling.includes(s));
  render(main, d.sites.length === 0 ? nothing(d)
    : [el('h1', {}, S.sites.headline(telling.length, d.sites.length)), el('p', { class: 'lead' }, S.sites.lead), telling.map(card), others(quiet), el('p', {}, S.sites.least(d.least_devices))],
  look(), el('p', { class: 'notice' }, S.sites.promise), coverageLine(d.coverage));
}
