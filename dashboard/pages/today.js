// Today: is something wrong, where, what can be done. The first screen answers it in words; figures follow.
import { strings as S } from './strings.en.js';
import { el, table, foreign, render } from './dom.js';
import { get } from './api.js';
import { bars } from './chart.js';
import { count, percent, day as dayWords, dayBefore, purpose } from './words.js';
import { coverageSection } from './coverage.js';
import { liveSection } from './live.js';

const BRIEF = 3, NAMED = 4;

function dayLinks(d) {
  const link = (to, text) => el('a', { href: `/today?day=${to}` }, text);
  return el('nav', { class: 'days', 'aria-label': S.today.days }, link(dayBefore(d.day, 1), `← ${S.today.previous}`),
    !d.is_today && link(dayBefore(d.day, -1), `${S.today.next} →`), !d.is_today && el('a', { href: '/today' }, S.today.backToToday));
}

function state(d) {
  const name = d.sensor.store_red ? 'red' : d.sensor.state;
  const [title, text] = S.today.state[name];
  return el('p', { class: `state ${name === 'running' ? 'good' : name === 'demo' ? 'plain' : 'bad'}` }, el('strong', {}, title), ' ', text);
}

function numbers(d) {
  const one = (n, text) => el('div', {}, el('dd', {}, n), el('dt', {}, text));
  return el('dl', { class: 'numbers', 'aria-label': S.today.numbers }, one(count(d.devices), S.today.devices), one(count(d.companies), S.today.companies),
    one(count(d.contacts), S.today.contacts), d.coverage.flows > 0 && one(percent(d.coverage.share), S.today.named));
}

// Whose visitors were told on: the one thing on this page that somebody can act on today.
function sites(b) {
  if (b.told.length === 0) return el('p', { class: 'faint brief-none' }, b.sites === 0 ? S.today.briefNothing : S.today.briefNone(b.sites), ' ', el('a', { href: '/sites' }, S.today.sitesLink));
  return el('section', { class: 'brief', 'aria-labelledby': 'brief' }, el('h2', { id: 'brief' }, S.today.brief(b.told.length, b.sites)),
    el('ul', { class: 'plain' }, b.told.slice(0, BRIEF).map((s) => el('li', {}, el('a', { href: `/site?site=${encodeURIComponent(s.site)}` }, foreign(s.label || s.site)), ': ',
      s.companies.slice(0, NAMED).map((c, i) => [i > 0 && ', ', foreign(c)]), s.companies.length > NAMED && ` ${S.today.briefMore(s.companies.length - NAMED)}`))),
    el('p', {}, b.told.length > BRIEF && [S.today.briefSites(b.told.length - BRIEF), ' '], S.today.briefAct, ' ', el('a', { href: '/sites' }, S.today.sitesLink)));
}

function hours(d) {
  const busiest = d.hours.reduce((a, b) => (b.contacts > a.contacts ? b : a));
  return el('section', { 'aria-labelledby': 'hours' }, el('h2', { id: 'hours' }, S.today.hours),
    d.contacts === 0 ? el('p', {}, S.today.noHours) : [el('p', {}, d.hours_exact ? S.today.busiest(busiest.hour, busiest.contacts) : S.today.tens),
      bars({ title: S.today.hours, each: 2, heads: [S.today.hour, { text: S.today.contactsHead, number: true }],
        rows: d.hours.map((h) => ({ label: String(h.hour).padStart(2, '0'), long: S.today.hourLong(h.hour), value: h.contacts })) })]);
}

function top(d) {
  return d.top.length > 0 && el('section', { 'aria-labelledby': 'toplist' }, el('h2', { id: 'toplist' }, S.today.top),
    table(S.today.topTable, [S.today.company, S.today.whatFor, { text: S.today.contactsHead, number: true }],
      d.top.map((c) => [foreign(c.company), c.purposes.map(purpose).join(', ') || S.unknown, count(c.contacts)]), { quietCaption: true }),
    el('p', {}, el('a', { href: `/companies?day=${d.day}` }, S.today.allCompanies)));
}

function fresh(d) {
  const body = d.days_compared === 0 ? el('p', {}, S.today.freshNoBase) : d.new_companies.length === 0 ? el('p', {}, S.today.freshNone)
    : [el('p', {}, S.today.freshSome(d.new_companies.length)), el('ul', { class: 'names' }, d.new_companies.map((c) => el('li', {}, foreign(c))))];
  return d.contacts > 0 && el('section', { 'aria-labelledby': 'fresh' }, el('h2', { id: 'fresh' }, S.today.fresh), body,
    d.days_compared > 0 && bars({ title: S.today.week, width: 400, heads: [S.today.dayHead, { text: S.today.contactsHead, number: true }],
      rows: d.week.map((w) => ({ label: dayWords(w.day, 'short').split(' ')[0].replace(',', ''), long: dayWords(w.day), value: w.contacts })) }));
}

function purposes(d) {
  return d.purposes.length > 0 && el('section', { 'aria-labelledby': 'purposes' }, el('h2', { id: 'purposes' }, S.today.purposes),
    table(S.today.purposes, [S.today.whatFor, { text: S.today.contactsHead, number: true }], d.purposes.map((p) => [purpose(p.purpose), count(p.contacts)]), { quietCaption: true }));
}

function how(d) {
  const seen = Object.entries(d.evidence).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  return seen.length > 0 && el('section', { 'aria-labelledby': 'how' }, el('h2', { id: 'how' }, S.today.how), el('p', {}, S.today.howLead),
    el('ul', {}, seen.map(([word, n]) => el('li', {}, el('strong', {}, `${count(n)} ${S.evidence[word][0]}. `), S.evidence[word][1]))));
}

function act(d) {
  return el('section', { 'aria-labelledby': 'act' }, el('h2', { id: 'act' }, S.today.act),
    el('ul', {}, el('li', {}, S.today.acts.rules, ' ', el('a', { href: `/companies?day=${d.day}` }, S.today.acts.rulesLink), '.'),
      el('li', {}, S.today.acts.letter, ' ', el('a', { href: '/sites' }, S.today.sitesLink), '.'), el('li', {}, S.today.acts.blocked)),
    el('p', { class: 'faint' }, S.today.acts.none), el('p', { class: 'faint' }, S.today.sites));
}

export async function show(main, { showDemo }) {
  const asked = new URLSearchParams(location.search).get('day');
  const [d, b] = await Promise.all([get(`/api/v1/today${asked ? `?day=${encodeURIComponent(asked)}` : ''}`), asked ? null : get('/api/v1/brief', { background: true })]);
  if (d.demo) showDemo(true);
  const live = d.is_today ? await liveSection() : null;
  render(main, 
    el('div', { class: 'hero' }, el('div', {}, el('p', { class: 'date' }, dayWords(d.day)),
      el('h1', {}, d.contacts > 0 && d.devices === 0 ? S.today.headlineNoDevices(d) : S.today.headline(d)),
      d.contacts > 0 && el('p', { class: 'lead' }, S.today.under(d)), state(d)), b && sites(b), el('div', {}, d.contacts > 0 && numbers(d), dayLinks(d))),
    el('div', { class: 'columns' },
      el('div', {}, hours(d), top(d), coverageSection(d.coverage), how(d)),
      el('div', {}, live, act(d), fresh(d), purposes(d))));
}
