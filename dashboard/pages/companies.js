// Companies: who they are, what for, where, and what their own rules forbid.
import { strings as S } from './strings.en.js';
import { el, table, foreign, render } from './dom.js';
import { get } from './api.js';
import { count, country, day as dayWords, purpose } from './words.js';
import { coverageLine } from './coverage.js';

function rules(c) {
  if (c.rules.length === 0) return el('p', { class: 'faint' }, S.companies.noRules);
  return el('details', {}, el('summary', {}, S.companies.rules(c.rules.length)),
    el('ul', {}, c.rules.map((r) => el('li', {}, S.companies.forbids(r.forbids, r.rule), ' ', el('a', { href: r.source, rel: 'noreferrer' }, S.companies.source(r.date))))));
}

function card(c) {
  return el('li', { class: 'card', 'data-name': c.company.toLowerCase() },
    el('div', { class: 'row' }, el('h2', {}, el('a', { href: `/company?name=${encodeURIComponent(c.company)}` }, foreign(c.company))), el('p', {}, el('strong', {}, S.companies.contacts(c.contacts)))),
    el('dl', { class: 'facts' }, el('dt', {}, S.companies.whatFor), el('dd', {}, c.purposes.map(purpose).join(', ') || S.unknown),
      el('dt', {}, S.companies.home), el('dd', {}, country(c.country)),
      el('dt', {}, S.companies.trackers), el('dd', {}, c.trackers.length ? c.trackers.map((t, i) => [i > 0 && ', ', foreign(t.tracker), ` (${count(t.contacts)})`]) : S.unknown)),
    rules(c));
}

export async function show(main, { showDemo }) {
  const asked = new URLSearchParams(location.search).get('day');
  const d = await get(`/api/v1/companies${asked ? `?day=${encodeURIComponent(asked)}` : ''}`);
  if (d.demo) showDemo(true);
  const list = el('ul', { class: 'cards' }, d.companies.map(card)), found = el('p', { class: 'faint', role: 'status' });
  const find = el('input', { id: 'find', type: 'search', autocomplete: 'off', oninput: () => {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    for (const item of list.children) {
      item.hidden = !item.dataset.name.includes(wanted);
      shown += item.hidden ? 0 : 1;
    }
    found.textContent = wanted ? S.companies.found(shown) : '';
  } });
  render(main, el('h1', {}, S.companies.headline(d.companies.length, dayWords(d.day))), el('p', { class: 'lead' }, S.companies.lead),
    d.companies.length > 5 && el('p', { class: 'field short' }, el('label', { for: 'find' }, S.companies.find), find), found, list,
    d.unlisted_trackers.length > 0 && el('section', { 'aria-labelledby': 'unlisted' }, el('h2', { id: 'unlisted' }, S.companies.unlisted), el('p', {}, S.companies.unlistedLead),
      table(S.companies.unlisted, [S.companies.tracker, { text: S.today.contactsHead, number: true }], d.unlisted_trackers.map((t) => [foreign(t.tracker), count(t.contacts)]), { quietCaption: true })),
    coverageLine(d.coverage));
}
