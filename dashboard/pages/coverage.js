// What could not be seen, in words: it stands beside every figure.
import { strings as S } from './strings.en.js';
import { el, table } from './dom.js';
import { count, percent } from './words.js';

export function coverageSection(coverage) {
  const blind = Object.entries(coverage.blind).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  return el('section', { 'aria-labelledby': 'coverage' }, el('h2', { id: 'coverage' }, S.today.coverage),
    el('p', {}, coverage.flows ? S.today.coverageWords(percent(coverage.share), coverage.flows) : S.today.coverageNone),
    coverage.lost_frames > 0 && el('p', { class: 'notice bad' }, S.today.lost(coverage.lost_frames)),
    blind.length > 0 && table(S.today.coverage, [S.today.why, { text: S.today.connections, number: true }, S.today.meaning],
      blind.map(([word, n]) => [S.blind[word][0], count(n), S.blind[word][1]]), { quietCaption: true }),
    coverage.flows > 0 && blind.length === 0 && el('p', {}, S.today.coverageAll));
}

// One line for pages that are about something else.
export function coverageLine(coverage) {
  return el('p', { class: 'faint' }, coverage.flows ? S.today.coverageWords(percent(coverage.share), coverage.flows) : S.today.coverageNone);
}
