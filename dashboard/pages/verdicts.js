// How a verdict looks, and what a finding's company is called; for every page that shows findings about sites.
export const TAGS = { proved: 'proved', shown: 'high', likely: 'medium', 'seen in a test': 'medium', 'seen in a recording': 'medium' };
export const companyOf = (t) => t.organisation || t.tracker || t.host;
export const isClear = (t) => Boolean(TAGS[t.verdict]);

// Clear findings by company, the strongest first, and so within a company: one company is told once, however many hosts it has.
const RANK = Object.keys(TAGS);
export function byCompany(told) {
  const groups = new Map();
  for (const t of told.filter(isClear)) groups.set(companyOf(t), [...(groups.get(companyOf(t)) || []), t]);
  const strength = (a, b) => RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict) || b.visits_with - a.visits_with;
  return [...groups.values()].map((g) => g.sort(strength)).sort((a, b) => strength(a[0], b[0]));
}
