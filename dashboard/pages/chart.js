// A bar chart in SVG with its table twin. The picture is for the eye alone; the table says the same to everybody.
import { svg, el, table } from './dom.js';
import { strings as S } from './strings.en.js';
import { count } from './words.js';

const HEIGHT = 220, LEFT = 44, BOTTOM = 26, TOP = 10;

// A drawing as wide as its place: on a phone the words keep their size and become fewer.
const isNarrow = () => window.matchMedia('(max-width: 44rem)').matches;

// 1, 2 or 5 times a power of ten: steps that people read.
function step(most) {
  let size = 1;
  for (;;) {
    for (const factor of [1, 2, 5])
      if (size * factor * 4 >= most) return size * factor;
    size *= 10;
  }
}

// rows: [{label, long, value}]; every `each`-th label is written under the axis.
export function bars({ title, rows, each = 1, heads, width = 720 }) {
  const WIDTH = isNarrow() ? 340 : width;
  if (isNarrow()) each *= 2;
  const most = Math.max(1, ...rows.map((r) => r.value));
  const unit = step(most), ceiling = Math.ceil(most / unit) * unit;
  const slot = (WIDTH - LEFT) / rows.length, full = HEIGHT - TOP - BOTTOM;
  const y = (v) => TOP + full - (v / ceiling) * full;
  const marks = [];
  for (let v = 0; v <= ceiling; v += unit)
    marks.push(svg('line', { x1: LEFT, x2: WIDTH, y1: y(v), y2: y(v), class: v ? 'grid' : 'axis' }),
      svg('text', { x: LEFT - 8, y: y(v) + 4, class: 'mark right' }, count(v)));
  const columns = rows.map((r, i) => {
    const x = LEFT + i * slot + slot * 0.14, wide = slot * 0.72;
    return [
      r.value > 0 && svg('rect', { x, y: y(r.value), width: wide, height: Math.max(2, y(0) - y(r.value)), rx: 2, class: 'bar' },
        svg('title', {}, `${r.long || r.label}: ${count(r.value)}`)),
      i % each === 0 && svg('text', { x: LEFT + (i + 0.5) * slot, y: HEIGHT - 8, class: 'mark middle' }, r.label),
    ];
  });
  return el('figure', { class: 'chart' },
    el('figcaption', {}, title),
    el('div', { class: 'picture', 'aria-hidden': 'true' },
      svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, focusable: 'false' }, marks, columns)),
    el('details', {}, el('summary', {}, S.asTable),
      table(title, heads, rows.map((r) => [r.long || r.label, count(r.value)]), { quietCaption: true })));
}
