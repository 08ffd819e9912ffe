// Charts by uPlot (deploy/fetch-assets), each with its table twin. The picture is for the eye alone; without uPlot the table stands open in its place.
import { el, svg, table } from './dom.js';
import { strings as S } from './strings.en.js';
import { count } from './words.js';
import uPlot from './uplot.js';

const HEIGHT = 250, FONT = '13px system-ui, "DejaVu Sans", sans-serif';
const DASHES = [[], [7, 4], [2, 3], [11, 4, 2, 4]];
export const LINES_MOST = DASHES.length;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function twin(title, heads, rows) {
  return el('details', { open: uPlot ? null : true }, el('summary', {}, S.asTable), table(title, heads, rows, { quietCaption: true }));
}

function figure(title, legend, heads, rows, options) {
  const picture = el('div', { class: 'picture plot', 'aria-hidden': 'true' });
  if (uPlot) keepDrawn(picture, options);
  return el('figure', { class: 'chart' }, el('figcaption', {}, title), uPlot && picture, uPlot && legend, twin(title, heads, rows));
}

// As wide as its place, in the colours of the moment: drawn anew when either changes. Paper is light.
function keepDrawn(place, options) {
  let chart = null, width = 0;
  const draw = () => {
    if (chart) chart.destroy();
    const { opts, data } = options();
    chart = new uPlot({ width, height: HEIGHT, legend: { show: false }, cursor: { show: false }, padding: [14, 6, 0, 0], ...opts }, data, place);
  };
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now < 50 || now === width) return;
    width = now;
    draw();
  }).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => width && draw());
  for (const event of ['beforeprint', 'afterprint']) addEventListener(event, () => width && draw());
}

// Labels under whole numbers; as many as fit.
function bottomAxis(labels, wide) {
  return { font: FONT, stroke: colour('--faint'), grid: { show: false }, ticks: { show: false }, gap: 6, size: 34,
    splits: (u) => { const each = Math.max(1, Math.ceil(labels.length * wide / u.bbox.width * devicePixelRatio)); return labels.map((_, i) => i).filter((i) => i % each === 0); },
    values: (u, at) => at.map((i) => labels[i] ?? '') };
}

// Whole numbers only: there is no half a visit.
function leftAxis() {
  return { font: FONT, stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, gap: 6, size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000],
    values: (u, at) => at.map(count) };
}

const scales = (n, most) => ({ x: { time: false, range: [-0.6, n - 0.4] }, y: { range: [0, Math.max(4, Math.ceil(most * 1.08))] } });

function swatch(kind, i) {
  return svg('svg', { viewBox: '0 0 34 14', width: 34, height: 14, focusable: 'false', 'aria-hidden': 'true' },
    kind === 'bar' ? svg('rect', { x: 4, y: 1, width: 26, height: 12, rx: 2, class: 'swatch-bar' }) : svg('line', { x1: 1, x2: 33, y1: 7, y2: 7, class: `swatch-line line-${i}` }));
}

// visits: bars; lines: [{name, values}], at most LINES_MOST, told apart by dash and colour. labels: [{label, long}].
export function trend({ title, labels, visits, lines, heads, barName = S.site.visits }) {
  const xs = labels.map((_, i) => i), most = Math.max(1, ...visits);
  const legend = el('ul', { class: 'legend', 'aria-hidden': 'true' }, el('li', {}, swatch('bar'), barName), lines.map((l, i) => el('li', {}, swatch('line', i), l.name)));
  const rows = labels.map((l, i) => [l.long, count(visits[i]), ...lines.map((line) => count(line.values[i]))]);
  return figure(title, legend, heads, rows, () => ({
    data: [xs, visits, ...lines.map((l) => l.values)],
    opts: { scales: scales(labels.length, most), axes: [bottomAxis(labels.map((l) => l.label), 68), leftAxis()],
      series: [{}, { paths: uPlot.paths.bars({ size: [0.62, 56], radius: 0.08 }), points: { show: false }, fill: colour('--plot-ground'), stroke: colour('--plot-edge'), width: 1 },
        ...lines.map((_, i) => ({ stroke: colour(`--line-${i}`), width: 2.5, dash: DASHES[i], points: { show: true, size: 8, fill: colour('--card'), stroke: colour(`--line-${i}`), width: 2 } }))] },
  }));
}

// bins: [{label, long, value}]; what lies below `mark` bins stands on a ground of its own, which `markText` names.
export function histogram({ title, bins, mark, markText, heads }) {
  const xs = bins.map((_, i) => i), values = bins.map((b) => b.value);
  const ground = (u) => {
    if (!mark) return;
    const from = u.valToPos(-0.6, 'x', true), to = u.valToPos(mark - 0.5, 'x', true), { ctx } = u;
    ctx.save();
    ctx.fillStyle = colour('--warn-ground');
    ctx.fillRect(from, u.bbox.top, to - from, u.bbox.height);
    ctx.restore();
  };
  return figure(title, mark && el('ul', { class: 'legend', 'aria-hidden': 'true' }, el('li', {}, el('span', { class: 'swatch-ground' }), markText)), heads, bins.map((b) => [b.long, count(b.value)]), () => ({
    data: [xs, values],
    opts: { scales: scales(bins.length, Math.max(1, ...values)), axes: [bottomAxis(bins.map((b) => b.label), 46), leftAxis()], hooks: { drawClear: [ground] },
      series: [{}, { paths: uPlot.paths.bars({ size: [0.72, 60], radius: 0.08 }), points: { show: false }, fill: colour('--bar'), stroke: colour('--bar'), width: 0 }] },
  }));
}
