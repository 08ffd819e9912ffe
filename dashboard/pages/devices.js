// Devices: today's made-up names, with contacts by purpose. No order by number, no way to another day.
import { strings as S } from './strings.en.js';
import { el, table, render } from './dom.js';
import { get } from './api.js';
import { count, day as dayWords, purpose } from './words.js';
import { coverageLine } from './coverage.js';

export async function show(main, { showDemo }) {
  const d = await get('/api/v1/devices');
  if (d.demo) showDemo(true);
  const used = [...new Set(d.devices.flatMap((row) => Object.keys(row.purposes)))].sort();
  const labelled = d.devices.some((row) => row.label);
  const heads = [S.devices.device, ...(labelled ? [S.devices.label] : []), { text: S.devices.contacts, number: true }, ...used.map((p) => ({ text: purpose(p), number: true }))];
  render(main, el('p', { class: 'date' }, dayWords(d.day)), el('h1', {}, S.devices.headline(d.devices.length)), el('p', { class: 'lead' }, d.stable_until ? S.devices.leadStable(dayWords(d.stable_until)) : S.devices.lead),
    d.devices.length > 0 && table(S.devices.table(dayWords(d.day)), heads,
      d.devices.map((row) => [el('code', {}, row.device), ...(labelled ? [el('span', { class: 'label' }, row.label || '')] : []), count(row.contacts), ...used.map((p) => (row.purposes[p] ? count(row.purposes[p]) : el('span', { class: 'faint' }, '0')))])),
    d.sensor.doubtful > 0 && el('p', { class: 'notice' }, S.doubtful(d.sensor.doubtful)),
    d.cut && el('p', { class: 'notice' }, S.devices.cut), el('p', { class: 'notice' }, S.devices.note), labelled && el('p', { class: 'notice' }, S.devices.labels), coverageLine(d.coverage));
}
