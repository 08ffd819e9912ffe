// Adds who answers for this sensor; the page is whole without it.
import { strings as S } from './strings.en.js';
import { el } from './dom.js';

const answer = await fetch('/api/v1/notice', { credentials: 'same-origin' }).catch(() => null);
if (answer && answer.ok) {
  const notice = await answer.json();
  if (notice.controller) {
    const who = document.getElementById('who');
    who.append(' ', S.see.controller(notice.controller));
    if (notice.url)
      who.append(' ', el('a', { href: notice.url, rel: 'noreferrer' }, S.see.notice));
  }
}
