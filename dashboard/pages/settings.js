// Settings: what is in force, and asking telltaled for something else. Nothing is changed here; telltaled decides and says what it did.
import { strings as S } from './strings.en.js';
import { el, foreign, table, render } from './dom.js';
import { get, post } from './api.js';
import { day as dayWords } from './words.js';

const PATIENCE_S = 15;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const T = S.settings;

// What telltaled answered to this request; null: nothing in time.
async function answerTo(id) {
  for (let i = 0; i < PATIENCE_S * 2; i++) {
    await pause(500);
    const d = await get('/api/v1/settings', { background: true });
    if (d.answer.id === id) return d;
  }
  return null;
}

function field(id, label, value, options = {}) {
  const { hint, wide, ...rest } = options;
  return el('p', { class: wide ? 'field wide' : 'field' }, el('label', { for: id }, label), hint && el('span', { class: 'hint', id: `${id}-hint` }, hint),
    el('input', { id, name: id.replace(/^.*-/, ''), value, 'aria-describedby': hint ? `${id}-hint` : null, autocomplete: 'off', ...rest }));
}

const number = (id, label, value, hint) => field(id, label, value, { type: 'number', required: true, inputmode: 'numeric', hint });

export async function show(main, { who }) {
  let asking = false;
  const cards = {};
  const say = (card, text, kind = '') => { card.said.textContent = text; card.said.className = `notice ${kind}`; card.said.hidden = !text; };

  async function ask(card, body) {
    if (asking) return;
    asking = true;
    say(card, T.asked);
    try {
      const { id } = await post('/api/v1/settings', body), d = await answerTo(id);
      if (!d) {
        say(card, T.silent, 'bad');
      } else {
        draw(d);
        const good = d.answer.verdict === 'accepted';
        say(cards[card.name], `${good ? T.accepted : T.refused} ${d.answer.why}`, good ? 'good' : 'bad');
      }
    } catch (error) {
      if (error.status === 401) location.assign('/sign-in');
      say(card, error.message, 'bad');
    }
    asking = false;
  }

  // One group of settings: its heading, what it is for, where it says what happened, and its forms.
  function group(name, fixed, ...children) {
    const card = { name, said: el('p', { class: 'notice', role: 'status', hidden: true }) };
    card.node = el('section', { 'aria-labelledby': `of-${name}` }, el('h2', { id: `of-${name}` }, T[name].title), el('p', {}, T[name].lead), children, card.said);
    if (fixed) card.node.querySelectorAll('input, select, button').forEach((n) => n.setAttribute('disabled', ''));
    cards[name] = card;
    return card.node;
  }
  const form = (name, change, button, ...children) => el('form', { onsubmit: (event) => {
    event.preventDefault();
    ask(cards[name], { change, ...Object.fromEntries([...new FormData(event.target)].map(([k, v]) => [k, v.trim()])) });
  } }, children, el('p', {}, el('button', { type: 'submit' }, button)));
  const removal = (name, change, what) => el('button', { type: 'button', class: 'quiet', 'aria-label': T.removeWhat(what), onclick: () => ask(cards[name], change) }, T.remove);

  const free = (d) => d.known_lists.filter((k) => !d.lists.some((l) => l.url === k.url || l.name === k.name)).sort((a, b) => a.name.localeCompare(b.name));

  function draw(d) {
    const set = d.set, off = d.fixed || !d.known;
    const options = [el('option', { value: '' }, T.site.choose), ...d.categories.map((c) => el('option', { value: c }, (S.categories && S.categories[c]) || c.replaceAll('-', ' ')))];
    render(main, el('h1', {}, T.headline), el('p', { class: 'lead' }, T.lead),
      d.fixed && el('p', { class: 'notice' }, who.demo ? T.fixedDemo : T.fixed), !d.known && el('p', { class: 'notice bad' }, T.unknown),
      group('site', off, d.sites.length === 0 ? el('p', {}, T.site.none) : table(T.site.table, [T.site.site, T.site.label, T.site.category, T.remove],
        d.sites.map((s) => [foreign(s.site), foreign(s.label), s.category.replaceAll('-', ' '), removal('site', { change: 'site', site: s.site, label: '', category: '' }, s.site)]), { quietCaption: true }),
      form('site', 'site', T.site.go, el('div', { class: 'fields' }, field('site-site', T.site.site, '', { required: true, hint: T.site.hint, maxlength: 200, spellcheck: 'false', autocapitalize: 'none' }),
        field('site-label', T.site.label, '', { required: true, hint: T.site.labelHint, maxlength: 60 }),
        el('p', { class: 'field' }, el('label', { for: 'site-category' }, T.site.category), el('span', { class: 'hint' }, T.site.categoryHint), el('select', { id: 'site-category', name: 'category', required: true }, options))))),
      group('list', off, d.lists.length === 0 ? el('p', {}, T.list.none) : table(T.list.table, [T.list.name, T.list.url, T.remove],
        d.lists.map((l) => [foreign(l.name), foreign(l.url), removal('list', { change: 'list', name: l.name, url: '' }, l.name)]), { quietCaption: true }),
      free(d).length > 0 && table(T.list.known, [T.list.name, T.list.url, T.list.licence, T.list.go],
        free(d).map((l) => [foreign(l.name), foreign(l.url), l.licence, el('button', { type: 'button', class: 'quiet', 'aria-label': T.list.goTo(l.name), onclick: () => ask(cards.list, { change: 'list', name: l.name, url: l.url }) }, T.list.go)])),
      form('list', 'list', T.list.go, el('div', { class: 'fields' }, field('list-name', T.list.name, '', { required: true, hint: T.list.nameHint, maxlength: 32, spellcheck: 'false', autocapitalize: 'none' }),
        field('list-url', T.list.url, '', { required: true, type: 'url', hint: T.list.urlHint, maxlength: 200, wide: true })))),
      group('privacy', off, form('privacy', 'privacy', T.go, number('privacy-k', T.privacy.k, set['privacy.k'], T.privacy.hint))),
      group('pseudonyms', off, el('p', {}, el('strong', {}, set['privacy.stable_until'] ? T.pseudonyms.stable(dayWords(set['privacy.stable_until'])) : T.pseudonyms.daily)),
        form('pseudonyms', 'pseudonyms', T.pseudonyms.go, el('div', { class: 'fields' }, field('pseudonyms-until', T.pseudonyms.until, set['privacy.stable_until'], { type: 'date', required: true, hint: T.pseudonyms.untilHint }),
          field('pseudonyms-reason', T.pseudonyms.reason, set['privacy.stable_reason'], { required: true, maxlength: 150, hint: T.pseudonyms.reasonHint, wide: true }))),
        set['privacy.stable_until'] && el('p', {}, el('button', { type: 'button', class: 'quiet', onclick: () => ask(cards.pseudonyms, { change: 'pseudonyms', until: '', reason: '' }) }, T.pseudonyms.end))),
      group('retention', off, form('retention', 'retention', T.go, el('div', { class: 'fields' }, number('retention-figures', T.retention.figures, set['retention.figures'], T.retention.figuresHint),
        number('retention-devices', T.retention.devices, set['retention.devices'], T.retention.devicesHint), number('retention-alerts', T.retention.alerts, set['retention.alerts'], T.retention.alertsHint)))),
      group('notice', off, form('notice', 'notice', T.go, field('notice-controller', T.notice.controller, set['notice.controller'], { required: true, maxlength: 200, wide: true }),
        field('notice-url', T.notice.url, set['notice.url'], { required: true, type: 'url', maxlength: 200, wide: true }), field('notice-since', T.notice.since, set['notice.since'], { type: 'date', required: true }))),
      el('section', { 'aria-labelledby': 'of-users' }, el('h2', { id: 'of-users' }, T.users.title), el('p', {}, T.users.lead, ' ', el('a', { href: '/people' }, S.menu.people))));
  }
  draw(await get('/api/v1/settings'));
}
