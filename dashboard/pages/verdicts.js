// How a verdict looks, and what a finding's company is called; for every page that shows findings about sites.
export const TAGS = { proved: 'proved', shown: 'high', likely: 'medium', 'seen in a test': 'medium', 'seen in a recording': 'medium' };
export const companyOf = (t) => t.organisation || t.tracker || t.host;
export const isClear = (t) => Boolean(TAGS[t.verdict]);
