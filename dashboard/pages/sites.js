// Support sites. What was released stands here; until something is, the page says why there is nothing.
import { strings as S } from './strings.en.js';
import { el, render } from './dom.js';
import { get } from './api.js';
import { coverageLine } from './coverage.js';

export async function show(main, { showDemo }) {
  const d = await get('/api/v1/sites');
  if (d.demo) showDemo(true);
  render(main, 
    el('h1', {}, S.sites.headline), el('p', { class: 'lead' }, S.sites.lead),
    el('section', { 'aria-labelledby': 'why' }, el('h2', { id: 'why' }, S.sites.why), el('ul', {}, S.sites.reasons(d.least_devices.screen).map((r) => el('li', {}, r)))),
    el('section', { 'aria-labelledby': 'now' }, el('h2', { id: 'now' }, S.sites.now), el('p', {}, S.sites.nowText)),
    el('p', { class: 'notice' }, S.sites.promise), coverageLine(d.coverage));
}
