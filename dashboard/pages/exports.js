// Exports: a day, a week or any range as a file to hand on. The file is made when it is asked for, and the record says that it was.
import { strings as S } from './strings.en.js';
import { el, foreign, render, table } from './dom.js';
import { get, download } from './api.js';
import { day as dayWords, dayBefore, hour } from './words.js';

const FORMATS = ['pdf', 'html', 'csv', 'json'];
const localDay = () => { const at = new Date(); return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`; };
const weekday = (day) => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7; // Monday: 0

// Terms are those of common/period.h: three a year, from January, May and September, of whole weeks; a week belongs to the term of its Thursday.
function termBegin(day) {
  const thursday = dayBefore(day, weekday(day) - 3), month = Number(thursday.slice(5, 7)) - 1;
  const first = `${thursday.slice(0, 5)}${['01', '05', '09'][Math.floor(month / 4)]}-01`, at = weekday(first);
  return dayBefore(first, at <= 3 ? at : at - 7);
}

// The last term that is over on this day.
function lastTerm(day) {
  const end = dayBefore(termBegin(dayBefore(day, -1)), 1);
  return [termBegin(end), end];
}

// The last day with figures: yesterday, or the newest day of a demo.
async function newest(who) {
  return who.demo ? (await get('/api/v1/today', { background: true })).day : dayBefore(localDay(), 1);
}

function choices(last, take) {
  const monday = weekday(last) === 6 ? dayBefore(last, 6) : dayBefore(last, weekday(last) + 7), sunday = dayBefore(monday, -6);
  const ranges = [['day', last, last], ['week', monday, sunday], ['month', dayBefore(last, 27), last], ['term', ...lastTerm(last)]];
  return el('p', { class: 'quick' }, ranges.map(([name, from, to]) => el('button', { type: 'button', class: 'quiet', id: `quick-${name}`, onclick: () => take(from, to) }, S.exports.quick[name])));
}

function formats() {
  return el('fieldset', {}, el('legend', {}, S.exports.asWhat), el('div', { class: 'options' }, FORMATS.map((f, i) => el('label', { class: 'option', for: `format-${f}` },
    el('input', { type: 'radio', name: 'format', id: `format-${f}`, value: f, checked: i === 0 }), el('span', {}, el('strong', {}, S.exports.formats[f][0]), el('span', { class: 'hint' }, S.exports.formats[f][1]))))));
}

function lately(rows) {
  const mine = rows.filter((r) => r.did === 'exported').slice(0, 8);
  return el('section', { 'aria-labelledby': 'lately' }, el('h2', { id: 'lately' }, S.exports.lately), mine.length === 0 ? el('p', {}, S.exports.latelyNone)
    : table(S.exports.lately, [S.record.when, S.record.who, S.record.what], mine.map((r) => [hour(r.hour), S.roles[r.who] || foreign(r.who), foreign(r.what)]), { quietCaption: true }));
}

export async function show(main, { who, showDemo }) {
  const last = await newest(who);
  const field = (name, label) => el('input', { id: name, name, type: 'date', required: true, value: last, max: who.demo ? null : localDay(), 'aria-label': label });
  const from = field('from', S.exports.from), to = field('to', S.exports.to), range = el('p', { class: 'hint', role: 'status', id: 'range' });
  const said = el('p', { class: 'notice', role: 'status', hidden: true }), go = el('button', { type: 'submit', id: 'make' }, S.exports.go), place = el('div');
  const say = (text, bad) => { said.textContent = text; said.hidden = !text; said.className = bad ? 'notice bad' : 'notice good'; };
  const describe = () => { range.textContent = from.value && to.value ? (from.value === to.value ? dayWords(from.value) : S.exports.range(dayWords(from.value), dayWords(to.value))) : ''; };
  const take = (a, b) => { from.value = a; to.value = b; describe(); };
  const drawLately = async () => { place.replaceChildren(lately((await get('/api/v1/record', { background: true })).record)); };
  [from, to].forEach((input) => input.addEventListener('change', describe));

  const form = el('form', { class: 'card', onsubmit: async (event) => {
    event.preventDefault();
    go.disabled = true;
    say(S.exports.making);
    try {
      const name = await download('/api/v1/export', { from: from.value, to: to.value, format: new FormData(form).get('format') });
      say(S.exports.made(name));
      await drawLately();
    } catch (error) {
      if (error.status === 401) location.assign('/sign-in');
      say(error.message, true);
    }
    go.disabled = false;
  } }, el('fieldset', {}, el('legend', {}, S.exports.which), choices(last, take),
    el('div', { class: 'fields' }, el('p', { class: 'field' }, el('label', { for: 'from' }, S.exports.from), from), el('p', { class: 'field' }, el('label', { for: 'to' }, S.exports.to), to)), range),
  formats(), el('p', {}, go), said);
  describe();
  if (who.demo) showDemo(true);
  await drawLately();
  render(main, el('h1', {}, S.exports.headline), el('p', { class: 'lead' }, S.exports.lead), el('div', { class: 'columns' }, el('div', {}, form),
    el('div', {}, el('section', { 'aria-labelledby': 'inside' }, el('h2', { id: 'inside' }, S.exports.inside), el('ul', {}, (who.demo ? S.exports.insideDemo : S.exports.insideList).map((t) => el('li', {}, t)))), place)));
}
