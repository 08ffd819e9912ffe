// One support site: who is told, how soon, since when, week by week; what recordings prove; and the pack of evidence.
import { strings as S } from './strings.en.js';
import { el, foreign, render, table } from './dom.js';
import { get, download } from './api.js';
import { histogram, LINES_MOST, trend } from './plot.js';
import { count, country, percent, day as dayWords, purpose } from './words.js';
import { coverageLine } from './coverage.js';
import { recordings, tests } from './recordings.js';
import { byCompany, companyOf, isClear, TAGS } from './verdicts.js';

const clear = (d) => d.told.filter(isClear);
const companies = (rows) => [...new Set(rows.map(companyOf))];
const provedBy = (d) => [...new Set(d.recordings.flatMap((r) => r.hosts.filter((h) => h.told === 'page').map(companyOf)))];

function hero(d) {
  const told = clear(d), proved = provedBy(d), contacted = companies(told), name = d.label || d.site;
  const first = told.map((t) => t.since).sort()[0], soon = told.filter((t) => t.visits_with > 0).sort((a, b) => b.share_within_2s - a.share_within_2s)[0];
  const one = (n, text) => el('div', {}, el('dd', {}, n), el('dt', {}, text));
  return el('div', { class: 'hero' }, el('p', { class: 'date' }, el('a', { href: '/sites' }, `← ${S.menu.sites}`)),
    el('h1', {}, S.site.headline(name, contacted.length, d.visits, proved.length)),
    el('p', { class: 'date' }, foreign(d.site), d.category && [' · ', el('span', {}, S.site.category(d.category))]),
    proved.length > 0 && el('p', { class: 'state proof' }, el('strong', {}, S.site.provedTitle), ' ', S.site.provedText(proved)),
    d.visits > 0 && el('dl', { class: 'numbers', 'aria-label': S.site.numbers }, one(count(d.visits), S.site.visitsSeen), one(count(contacted.length), S.site.contacted),
      soon && one(percent(soon.share_within_2s), S.site.withinTwo(companyOf(soon))), first && one(dayWords(first, 'short'), S.site.since)),
    actions(d));
}

function actions(d) {
  const said = el('p', { class: 'notice', role: 'status', hidden: true });
  const say = (text, kind) => { said.textContent = text; said.hidden = !text; said.className = `notice ${kind || ''}`; };
  const pack = el('button', { type: 'button', id: 'pack', onclick: async () => {
    pack.disabled = true;
    say(S.site.packMaking);
    try {
      say(S.site.packMade(await download('/api/v1/evidence', { site: d.site })), 'good');
    } catch (error) {
      if (error.status === 401) location.assign('/sign-in');
      say(error.message, 'bad');
    }
    pack.disabled = false;
  } }, S.site.pack);
  return el('div', { class: 'actions' }, pack, el('a', { class: 'button quiet', href: '#recordings' }, S.site.addRecording), said);
}

// A company with its strongest host; the others in a line each.
function one(group) {
  const [t, ...others] = group, proof = t.proof.other_host ? null : t.proof.sentence;
  const purposes = [...new Set(group.map((g) => purpose(g.purpose)))].slice(0, 3).join(', ');
  return el('li', {}, el('p', {}, el('span', { class: `tag ${TAGS[t.verdict]}` }, S.sites.verdicts[t.verdict]), ' ', el('strong', {}, foreign(companyOf(t))), ', ', purposes, ', ', country(t.country)),
    el('p', {}, S.sites.after(t.visits_with, t.visits, percent(t.control_rate)), ' ', S.sites.soon(t.median_delay_s, percent(t.share_within_2s)), ' ', S.sites.since(dayWords(t.since))),
    proof && el('p', { class: t.proof.grade === 'told page' ? 'proof-line' : 'difference' }, foreign(proof)),
    t.change && el('p', { class: 'change' }, el('strong', {}, S.site.change), ' ', t.change),
    el('p', { class: 'faint' }, foreign(t.host), t.network_verdict !== t.verdict && ` · ${S.site.networkSays(S.sites.verdicts[t.network_verdict] || S.site.verdictWords[t.network_verdict])}`),
    others.length > 0 && el('p', { class: 'faint' }, S.site.alsoThrough, ' ', others.map((o, i) => [i > 0 && ', ', foreign(o.host), ` (${S.sites.of(o.visits_with, o.visits)})`])));
}

function joined(t, d) {
  const p = t.proof;
  const inRecordings = d.recordings.length === 0 ? S.site.none : p.contacted === 0 ? S.site.notThere : p.other_host ? S.site.otherHost : p.grade === 'told page' ? S.site.toldIn(p.told, p.recordings) : S.site.askedIn(p.contacted, p.recordings);
  const inTests = d.tests.length === 0 ? S.site.none : S.site.seenIn(p.tests_seen, p.tests);
  return [[foreign(companyOf(t)), el('br'), el('span', { class: 'faint' }, foreign(t.host))], S.sites.of(t.visits_with, t.visits), percent(t.control_rate), inRecordings, inTests, S.sites.verdicts[t.verdict] || S.site.verdictWords[t.verdict]];
}

function who(d) {
  const told = clear(d);
  const heads = [S.today.company, { text: S.sites.followed, number: true }, { text: S.site.without, number: true }, S.site.inRecordings, S.site.inTests, S.site.verdict];
  return el('section', { 'aria-labelledby': 'told' }, el('h2', { id: 'told' }, S.site.who),
    d.visits === 0 ? el('p', {}, S.site.notReleased(d.least_devices)) : told.length === 0 ? el('p', {}, S.sites.noneClear) : el('ul', { class: 'told' }, byCompany(d.told).map(one)),
    (d.only_network || d.only_recorded) && el('div', { class: 'difference' }, el('p', {}, el('strong', {}, S.site.differ)), d.only_recorded && el('p', {}, foreign(d.only_recorded)),
      d.only_network && el('p', {}, foreign(d.only_network)), el('p', { class: 'faint' }, S.site.differWhy)),
    d.told.length > 0 && el('details', {}, el('summary', {}, S.site.everyHost(d.told.length)), table(S.site.everyHost(d.told.length), heads, d.told.map((t) => joined(t, d)), { quietCaption: true, class: 'stack' })));
}

function weekly(d) {
  if (d.weeks.length === 0) return null;
  const byMonday = (rows) => new Map(rows.map((w) => [`${w.monday}/${w.weeks}`, w]));
  const lines = byCompany(d.told).map(([t]) => t).slice(0, LINES_MOST).map((t) => { const at = byMonday(t.weeks); return { name: `${companyOf(t)} (${t.host})`, values: d.weeks.map((w) => at.get(`${w.monday}/${w.weeks}`)?.followed ?? 0) }; });
  const changes = clear(d).filter((t) => t.change);
  return el('section', { 'aria-labelledby': 'weeks' }, el('h2', { id: 'weeks' }, S.site.weekly), el('p', {}, d.weeks.length === 1 ? S.site.oneWeek : S.site.weeklyLead),
    trend({ title: S.site.weeklyTitle(d.label || d.site), labels: d.weeks.map((w) => ({ label: dayWords(w.monday, 'short').replace(/^\w+,? /, ''), long: w.weeks > 1 ? S.site.weeksFrom(w.weeks, dayWords(w.monday, 'short')) : S.site.weekFrom(dayWords(w.monday, 'short')) })),
      visits: d.weeks.map((w) => w.visits), lines, heads: [S.site.week, { text: S.sites.visitsHead, number: true }, ...lines.map((l) => ({ text: l.name, number: true }))] }),
    changes.length > 0 && el('ul', {}, changes.map((t) => el('li', {}, el('strong', {}, foreign(companyOf(t))), ': ', t.change))));
}

function delays(d) {
  const told = clear(d).filter((t) => t.delays.some((b) => b.contacts));
  if (told.length === 0) return null;
  const bins = told[0].delays.map((b, i) => ({ label: b.up_to_s === null ? S.site.later : S.site.seconds(b.up_to_s), value: told.reduce((sum, t) => sum + t.delays[i].contacts, 0),
    long: b.up_to_s === null ? S.site.laterLong : S.site.upTo(b.up_to_s) }));
  const mark = told[0].delays.filter((b) => b.up_to_s !== null && b.up_to_s <= 2).length;
  const all = bins.reduce((sum, b) => sum + b.value, 0), early = bins.slice(0, mark).reduce((sum, b) => sum + b.value, 0);
  return el('section', { 'aria-labelledby': 'delays' }, el('h2', { id: 'delays' }, S.site.soonTitle), el('p', {}, S.site.soonLead(early, all)),
    histogram({ title: S.site.soonChart, bins, mark, markText: S.site.soonMark, heads: [S.site.delay, { text: S.site.firstContacts, number: true }] }));
}

function chains(d) {
  const cname = d.tests.flatMap((t) => t.hosts.filter((h) => h.chain.length > 1).map((h) => h.chain));
  return el('section', { 'aria-labelledby': 'chains' }, el('h2', { id: 'chains' }, S.site.chains), d.chains.length === 0 && cname.length === 0 ? el('p', {}, d.recordings.length ? S.site.chainsNone : S.site.chainsNoRecording)
    : el('p', {}, S.site.chainsLead), d.chains.length > 0 && el('ul', { class: 'chains' }, d.chains.map((c) => el('li', {},
    el('ol', { class: 'chain' }, c.steps.map((s) => el('li', {}, el('strong', {}, foreign(s.company || s.host)), s.company && el('span', { class: 'faint' }, foreign(s.host)),
      el('span', { class: 'faint' }, s.visits_with === null ? S.site.stepUnseen : S.site.stepSeen(s.visits_with, d.visits))))),
    el('p', { class: 'faint' }, S.site.chainIn(c.recordings, c.of))))),
  cname.length > 0 && [el('h3', {}, S.site.names), el('p', {}, S.site.namesLead), el('ul', {}, cname.map((c) => el('li', {}, c.map((n, i) => [i > 0 && ' → ', foreign(n)]))))]);
}

function unseen(d) {
  return el('section', { 'aria-labelledby': 'unseen' }, el('h2', { id: 'unseen' }, S.site.unseen), el('ul', {}, S.site.unseenList(d.least_devices).map((t) => el('li', {}, t))), coverageLine(d.coverage));
}

function steps() {
  return el('section', { 'aria-labelledby': 'steps' }, el('h2', { id: 'steps' }, S.today.act), el('ol', {}, S.site.steps.map((t) => el('li', {}, t))));
}

export async function show(main, { showDemo, showError }) {
  const site = new URLSearchParams(location.search).get('site') || '';
  async function draw() {
    const d = await get(`/api/v1/site?site=${encodeURIComponent(site)}`);
    if (d.demo) showDemo(true);
    document.title = S.title(d.label || d.site);
    render(main, hero(d), el('div', { class: 'columns' }, el('div', {}, who(d), weekly(d), delays(d), chains(d)), el('div', {}, steps(), unseen(d), tests(d))),
      recordings(d, () => draw().catch(showError)));
  }
  await draw();
}
