// Recordings of a site: a browser's own list of its requests (HAR), read by the dashboard in memory. What it shows is shown; it is kept when somebody says so.
import { strings as S } from './strings.en.js';
import { el, foreign, render, table } from './dom.js';
import { post, upload } from './api.js';
import { count, day as dayWords, hour } from './words.js';
import { companyOf } from './verdicts.js';

const LARGEST = 64 * 1024 * 1024;
const after = (ms) => (ms === null ? '' : S.site.afterMs(ms));
const when = (r) => (r.recorded ? dayWords(r.recorded) : S.site.keptOn(hour(r.kept)));

function summary(r) {
  const told = [...new Set(r.hosts.filter((h) => h.told === 'page').map(companyOf))], sites = [...new Set(r.hosts.filter((h) => h.told === 'site').map(companyOf))];
  const all = new Set(r.hosts.map(companyOf));
  return told.length ? S.site.recordingTold(told, all.size) : sites.length ? S.site.recordingSite(sites, all.size) : S.site.recordingNone(all.size);
}

function requestsTable(r) {
  const owner = new Map(r.hosts.map((h) => [h.host, companyOf(h)]));
  return table(S.site.requestsTable(when(r)), [{ text: S.site.afterHead, number: true }, S.site.toldWhom, S.site.inWhat, S.site.carriedWhat, S.site.consentHead, S.site.alongHead], r.told.map((q) => [after(q.after_ms),
    [foreign(owner.get(q.host) || q.host), owner.get(q.host) !== q.host && [el('br'), el('span', { class: 'faint' }, foreign(q.host))]], el('code', {}, foreign(q.parameter)),
    [S.site.carried[q.carried] || q.carried, q.page && [el('br'), el('code', { class: 'address' }, foreign(q.page))], q.inside && [el('br'), el('span', { class: 'faint' }, S.site.inside), ' ', el('code', { class: 'address' }, foreign(q.inside))]],
    S.site.consent[q.consent] || q.consent || '', q.with ? foreign(q.with) : '']), { quietCaption: true, class: 'stack' });
}

function others(r) {
  const quiet = r.hosts.filter((h) => h.told === 'nothing');
  return quiet.length > 0 && el('details', {}, el('summary', {}, S.site.askedOnly(quiet.length)),
    table(S.site.askedTable(when(r)), [S.today.company, S.site.hostHead, { text: S.site.requestsHead, number: true }], quiet.map((h) => [foreign(companyOf(h)), foreign(h.host), count(h.requests)]), { quietCaption: true }));
}

// What one recording shows; the same before and after it is kept.
function body(r) {
  return [r.title && el('p', {}, el('span', { class: 'faint' }, S.site.pageOpened), ' ', el('strong', {}, foreign(r.title))), r.page && el('p', {}, el('code', { class: 'address' }, foreign(r.page))),
    r.told.length > 0 && requestsTable(r), others(r), r.beyond > 0 && el('p', { class: 'notice' }, S.site.beyond(r.beyond)), !r.complete && el('p', { class: 'notice' }, S.site.incomplete)];
}

function kept(r, changed) {
  const place = el('span'), said = el('p', { class: 'notice bad', role: 'alert', hidden: true });
  const ask = el('button', { type: 'button', class: 'quiet', 'aria-label': S.site.removeWhich(when(r)), onclick: () => {
    const yes = el('button', { type: 'button', onclick: async () => {
      try { await post('/api/v1/recording/remove', { id: r.id }); changed(); } catch (error) { said.textContent = error.message; said.hidden = false; }
    } }, S.site.removeYes);
    place.replaceChildren(el('span', {}, S.site.removeSure), ' ', yes, ' ', el('button', { type: 'button', class: 'quiet', onclick: () => { place.replaceChildren(ask); ask.focus(); } }, S.people.no));
    yes.focus();
  } }, S.people.remove);
  place.append(ask);
  return el('li', { class: 'card' }, el('div', { class: 'row' }, el('h3', {}, S.site.recordingOf(when(r))), place), el('p', {}, summary(r)), said,
    el('p', { class: 'faint' }, [r.browser, S.site.requestCount(r.requests, r.others), r.answered ? S.site.bannerAnswered : S.site.bannerNot].filter(Boolean).join(' · ')),
    el('details', {}, el('summary', {}, S.site.showRecording), body(r)));
}

// A result that nobody has decided about yet.
function result(d, answer, bytes, place, changed) {
  const r = answer.recording, said = el('p', { class: 'notice', role: 'alert', hidden: true });
  const forget = () => { render(place); document.getElementById('har').value = ''; document.getElementById('har').focus(); };
  const keep = el('button', { type: 'button', id: 'keep', onclick: async () => {
    keep.disabled = true;
    try {
      await upload(`/api/v1/recording?site=${encodeURIComponent(d.site)}&keep=1`, bytes);
      changed();
    } catch (error) {
      keep.disabled = false;
      said.textContent = error.message;
      said.className = 'notice bad';
      said.hidden = false;
    }
  } }, S.site.keep);
  const before = new Set(d.told.filter((t) => t.proof.grade === 'told page').map(companyOf));
  const upgraded = [...new Set(r.hosts.filter((h) => h.told === 'page').map(companyOf))].filter((c) => !before.has(c) && d.told.some((t) => companyOf(t) === c));
  render(place, el('div', { class: 'result', id: 'result', tabindex: '-1' }, el('h3', {}, S.site.resultTitle), el('p', { class: 'lead' }, summary(r)), upgraded.length > 0 && el('p', { class: 'proof-line' }, S.site.upgrades(upgraded)),
    answer.damage && el('p', { class: 'notice bad' }, S.site.damaged), el('p', {}, answer.consent), answer.cookies && el('p', { class: 'faint' }, answer.cookies), body(r),
    el('details', {}, el('summary', {}, S.site.limits), el('ul', {}, answer.limits.map((t) => el('li', {}, t)))),
    el('div', { class: 'decide' }, el('p', {}, el('strong', {}, S.site.nothingKept), ' ', S.site.keepHint), el('p', { class: 'quick' }, keep, el('button', { type: 'button', class: 'quiet', id: 'forget', onclick: forget }, S.site.forget)), said)));
  place.firstElementChild.focus();
}

function adding(d, changed) {
  const place = el('div', { id: 'har-result' }), said = el('p', { class: 'notice', role: 'status', hidden: true });
  const say = (text, bad) => { said.textContent = text; said.hidden = !text; said.className = bad ? 'notice bad' : 'notice'; };
  const input = el('input', { type: 'file', id: 'har', accept: '.har,.json,application/json', 'aria-describedby': 'har-hint', onchange: async () => {
    const [file] = input.files;
    render(place);
    if (!file) return;
    if (file.size > LARGEST) { say(S.errors['too-long'], true); return; }
    say(S.site.reading(file.name));
    input.disabled = true;
    try {
      const bytes = await file.arrayBuffer();
      result(d, await upload(`/api/v1/recording?site=${encodeURIComponent(d.site)}`, bytes), bytes, place, changed);
      say('');
    } catch (error) {
      if (error.status === 401) location.assign('/sign-in');
      say(error.detail ? `${error.message} ${S.site.becauseOf(error.detail)}` : error.message, true);
    }
    input.disabled = false;
  } });
  return el('div', { class: 'adding' }, el('p', { class: 'field' }, el('label', { for: 'har' }, S.site.choose), el('span', { class: 'hint', id: 'har-hint' }, S.site.chooseHint), input), said,
    el('details', {}, el('summary', {}, S.site.how), el('ol', {}, S.site.howList.map((t) => el('li', {}, t)))), place);
}

export function recordings(d, changed) {
  return el('section', { 'aria-labelledby': 'recordings', class: 'wide' }, el('h2', { id: 'recordings' }, S.site.recordings), el('p', { class: 'lead' }, S.site.recordingsLead),
    d.recordings.length > 0 && el('ul', { class: 'kept' }, d.recordings.map((r) => kept(r, changed))), adding(d, changed));
}

export function tests(d) {
  return d.tests.length > 0 && el('section', { 'aria-labelledby': 'tests' }, el('h2', { id: 'tests' }, S.site.tests), el('p', {}, S.site.testsLead),
    el('ul', { class: 'told' }, d.tests.map((t) => el('li', {}, el('p', {}, el('strong', {}, hour(t.started)), ', ', S.site.testOf(t.minutes, t.visits)), el('p', {}, t.hosts.length === 0 ? S.site.testNone
      : [S.site.testSaw, ' ', [...new Set(t.hosts.map((h) => h.company))].map((c, i) => [i > 0 && ', ', foreign(c)]), '.'])))));
}
