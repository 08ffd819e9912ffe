// What could not be seen, in words: it stands beside every figure.
import { strings as S } from './strings.en.js';
import { el } from './dom.js';
import { percent } from './words.js';

export function coverageSection(coverage) {
  const blind = Object.entries(coverage.blind).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  return el('section', { 'aria-labelledby': 'coverage' }, el('h2', { id: 'coverage' }, S.today.coverage),
    el('p', {}, coverage.flows ? S.today.coverageWords(percent(coverage.share), coverage.flows) : S.today.coverageNone),
    coverage.lost_frames > 0 && el('p', { class: 'notice bad' }, S.today.lost(coverage.lost_frames)),
    blind.length > 0 && el('ul', { class: 'blind' }, blind.map(([word, n]) => el('li', {}, el('strong', {}, S.blind[word][0]), ' ', el('span', { class: 'count' }, S.today.blindCount(n)), el('br'), S.blind[word][1]))),
    coverage.flows > 0 && blind.length === 0 && el('p', {}, S.today.coverageAll));
}

// One line for pages that are about something else.
export function coverageLine(coverage) {
  return el('p', { class: 'faint' }, coverage.flows ? S.today.coverageWords(percent(coverage.share), coverage.flows) : S.today.coverageNone);
}
