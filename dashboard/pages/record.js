// Record: who looked at or exported what.
import { strings as S } from './strings.en.js';
import { el, table, foreign, render } from './dom.js';
import { get } from './api.js';
import { hour } from './words.js';

export async function show(main, { showDemo }) {
  const d = await get('/api/v1/record');
  if (d.demo) showDemo(true);
  render(main, el('h1', {}, S.record.headline), el('p', { class: 'lead' }, S.record.lead),
    d.record.length === 0 ? el('p', {}, S.record.none)
      : table(S.record.table, [S.record.when, S.record.who, S.record.did, S.record.what],
        d.record.map((r) => [el('time', { datetime: new Date(r.hour * 1000).toISOString() }, hour(r.hour)), S.roles[r.who] || foreign(r.who), S.record.did_[r.did] || foreign(r.did), foreign(r.what)]), { quietCaption: true }));
}
