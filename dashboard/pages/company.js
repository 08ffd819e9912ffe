// One company: who it is, what for, where; how often, day by day; after visits to which support sites; and what its own rules forbid.
import { strings as S } from './strings.en.js';
import { el, foreign, render, table } from './dom.js';
import { get } from './api.js';
import { trend } from './plot.js';
import { count, country, day as dayWords, percent, purpose } from './words.js';
import { coverageLine } from './coverage.js';
import { isClear, TAGS } from './verdicts.js';

function rules(d) {
  const all = d.trackers.filter((t) => t.rules.length > 0);
  return el('section', { 'aria-labelledby': 'rules' }, el('h2', { id: 'rules' }, S.company.rules), all.length === 0 ? el('p', {}, S.companies.noRules)
    : [el('p', {}, S.company.rulesLead), all.map((t) => [el('h3', {}, foreign(t.tracker)), el('ul', { class: 'rules' }, t.rules.map((r) => el('li', {}, el('strong', {}, S.company.against(r.forbids)), ' ', S.companies.forbids(r.forbids, r.rule), ' ',
      el('a', { href: r.source, rel: 'noreferrer' }, S.companies.source(r.date)))))])]);
}

function sites(d) {
  const clear = d.sites.filter(isClear);
  return el('section', { 'aria-labelledby': 'at' }, el('h2', { id: 'at' }, S.company.sites), clear.length === 0 ? el('p', {}, S.company.sitesNone)
    : el('ul', { class: 'told' }, clear.map((t) => el('li', {}, el('p', {}, el('span', { class: `tag ${TAGS[t.verdict]}` }, S.sites.verdicts[t.verdict]), ' ', el('a', { href: `/site?site=${encodeURIComponent(t.site)}` }, foreign(t.label || t.site))),
      el('p', {}, S.sites.after(t.visits_with, t.visits, percent(t.control_rate))), el('p', { class: 'faint' }, foreign(t.host))))));
}

function trackers(d) {
  return el('section', { 'aria-labelledby': 'trackers' }, el('h2', { id: 'trackers' }, S.companies.trackers), d.trackers.length === 0 ? el('p', {}, S.company.noTrackers)
    : table(S.companies.trackers, [S.companies.tracker, S.companies.whatFor, { text: S.today.contactsHead, number: true }], d.trackers.map((t) => [foreign(t.tracker), t.purposes.map(purpose).join(', '), count(t.contacts)]), { quietCaption: true }));
}

function days(d) {
  const all = d.days.reduce((sum, x) => sum + x.contacts, 0);
  return el('section', { 'aria-labelledby': 'days' }, el('h2', { id: 'days' }, S.company.days), d.days.length === 0 ? el('p', {}, S.today.noHours)
    : [el('p', {}, S.company.daysLead(all, d.days.length)), trend({ title: S.company.daysTitle(d.company), labels: d.days.map((x) => ({ label: dayWords(x.day, 'short').replace(/^\w+,? /, ''), long: dayWords(x.day, 'short') })), visits: d.days.map((x) => x.contacts),
      barName: S.today.contactsHead, lines: [], heads: [S.today.dayHead, { text: S.today.contactsHead, number: true }] })]);
}

export async function show(main, { showDemo }) {
  const name = new URLSearchParams(location.search).get('name') || '';
  const d = await get(`/api/v1/company?name=${encodeURIComponent(name)}`);
  if (d.demo) showDemo(true);
  document.title = S.title(d.company);
  const purposes = [...new Set(d.trackers.flatMap((t) => t.purposes))];
  render(main, el('div', { class: 'hero' }, el('p', { class: 'date' }, el('a', { href: '/companies' }, `← ${S.menu.companies}`)), el('h1', {}, foreign(d.company)),
    el('dl', { class: 'facts' }, el('dt', {}, S.companies.whatFor), el('dd', {}, purposes.map(purpose).join(', ') || S.unknown), el('dt', {}, S.companies.home), el('dd', {}, country(d.country)))),
  el('div', { class: 'columns' }, el('div', {}, days(d), trackers(d), rules(d)), el('div', {}, sites(d), el('section', {}, el('h2', {}, S.today.act), el('ul', {}, S.company.acts.map((t) => el('li', {}, t)))), coverageLine(d.coverage))));
}
