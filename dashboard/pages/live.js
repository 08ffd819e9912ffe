// Live alerts by server-sent events: a short list that can be paused, and one polite sentence for screen readers, at most every ten seconds.
import { strings as S } from './strings.en.js';
import { el, foreign } from './dom.js';
import { get } from './api.js';
import { hour } from './words.js';
import { TAGS } from './verdicts.js';

const SHOWN = 6, QUIET_MS = 10000;

const companyOf = (a) => a.organisation || a.tracker || S.live.nobody;

// A contact has its severity, what support sites did its verdict.
const tag = (a) => (a.kind === 'disclosure' && TAGS[a.verdict] ? el('span', { class: `tag ${TAGS[a.verdict]}` }, S.sites.verdicts[a.verdict])
  : el('span', { class: `tag ${a.severity}` }, S.severity[a.severity] || S.severity.low));

function row(a, isNew) {
  return el('li', { class: isNew ? 'new' : null, 'data-id': a.id }, el('p', {}, tag(a), ' ',
    el('strong', {}, foreign(companyOf(a))), a.tracker && a.tracker !== a.organisation && [' (', foreign(a.tracker), ')']),
  el('p', {}, foreign(a.why || '')),
  el('p', { class: 'faint' }, el('time', { datetime: new Date(a.hour * 1000).toISOString() }, hour(a.hour)), ' · ',
    a.kind === 'disclosure' ? foreign(a.site || '') : a.device ? S.live.device(a.device) : S.live.noDevice));
}

export async function liveSection() {
  const list = el('ul', { class: 'alerts', 'aria-label': S.live.list });
  const state = el('p', { class: 'faint', id: 'live-state' }), announcer = el('p', { class: 'hidden', role: 'status', 'aria-live': 'polite' });
  const pause = el('button', { type: 'button', class: 'quiet', id: 'live-pause', onclick: () => { paused = !paused; if (!paused) drain(); say(); } }, S.live.pause);
  let paused = false, connected = false, waiting = [], unsaid = [], timer = null;
  const seen = new Set();

  function say() {
    pause.textContent = paused ? S.live.resume : S.live.pause;
    state.textContent = paused ? (waiting.length ? S.live.waiting(waiting.length) : S.live.paused) : connected ? S.live.on : S.live.off;
  }
  function announce() {
    timer = null;
    if (unsaid.length) announcer.textContent = S.live.announce(unsaid.length, companyOf(unsaid[unsaid.length - 1]));
    unsaid = [];
  }
  function put(alert, isNew) {
    if (list.querySelector('.none')) list.replaceChildren();
    list.prepend(row(alert, isNew));
    while (list.children.length > SHOWN) list.lastChild.remove();
    if (!isNew) return;
    unsaid.push(alert);
    if (!timer) timer = setTimeout(announce, announcer.textContent ? QUIET_MS : 0);
  }
  function drain() {
    waiting.splice(0).slice(-SHOWN).forEach((a) => put(a, true));
  }
  function take(alert) {
    if (seen.has(alert.id)) return;
    seen.add(alert.id);
    if (paused) waiting = [...waiting, alert].slice(-500);
    else put(alert, true);
    say();
  }

  async function fill() {
    const { alerts } = await get('/api/v1/alerts', { background: true });
    const first = seen.size === 0;
    alerts.reverse().filter((a) => !seen.has(a.id)).forEach((a) => { if (first) { seen.add(a.id); put(a, false); } else take(a); });
    if (list.children.length === 0) list.append(el('li', { class: 'none' }, S.live.none));
  }

  const source = new EventSource('/api/v1/live');
  // What came while nothing was connected is in the list; it is read each time the stream begins anew.
  source.addEventListener('ready', () => { connected = true; say(); fill().catch(() => {}); });
  source.addEventListener('alert', (event) => take(JSON.parse(event.data)));
  source.addEventListener('error', () => { connected = false; say(); });
  addEventListener('pagehide', () => source.close());
  await fill();
  say();
  return el('section', { 'aria-labelledby': 'live', class: 'live' }, el('div', { class: 'row' }, el('h2', { id: 'live' }, S.live.title), pause), el('p', { class: 'faint' }, S.live.lead),
    state, announcer, list);
}
