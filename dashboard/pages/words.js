// Numbers, days and lists as people read them.
import { strings as S } from './strings.en.js';

const number = new Intl.NumberFormat(S.locale);

export const count = (n) => number.format(n);
export const percent = (share) => new Intl.NumberFormat(S.locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);

// "2026-11-22" is a local day, not a moment: noon keeps every time zone on it.
export function day(text, style = 'long') {
  const at = new Date(`${text}T12:00:00Z`);
  return new Intl.DateTimeFormat(S.locale, style === 'long'
    ? { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }
    : { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(at);
}

export function dayBefore(text, back) {
  const at = new Date(`${text}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() - back);
  return at.toISOString().slice(0, 10);
}

export function hour(epochSeconds) {
  return new Intl.DateTimeFormat(S.locale, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
    .format(new Date(epochSeconds * 1000));
}

export function age(seconds) {
  const [n, unit] = seconds < 90 ? [Math.round(seconds), S.units.second] : seconds < 5400 ? [Math.round(seconds / 60), S.units.minute]
    : seconds < 172800 ? [Math.round(seconds / 3600), S.units.hour] : [Math.round(seconds / 86400), S.units.day];
  return `${count(n)} ${unit(n)}`;
}

export function country(code) {
  if (!code) return S.unknown;
  try { return new Intl.DisplayNames(S.locale, { type: 'region' }).of(code); } catch { return code; }
}

export const purpose = (word) => S.purposes[word] || word;
