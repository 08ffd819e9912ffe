// dashboard_world.mjs -- what the dashboard's tests share: checks, a school's figures in Redis, a browser, and people who sign in.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
export const BASE = process.env.BASE;
export const PASSWORD = 'four words put together';

let checks = 0;
export const checked = () => checks;
export function expect(what, good) {
    checks++;
    if (!good) throw new Error(what);
}
export function expectIs(what, wanted, got) {
    expect(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`, wanted === got);
}

// -- Redis, as its owner --

export function redis(...words) {
    return execFileSync('redis-cli', ['-s', process.env.REDIS_SOCKET, '--user', 'telltale-owner', ...words.map(String)], { encoding: 'utf8' });
}
const KEY = 'telltale:{test}:';

// The machine's local day, `back` days ago.
export function day(back = 0) {
    const at = new Date(Date.now() - back * 86400e3);
    return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
}

export function addAlert(fields) {
    const hour = Math.floor(Date.now() / 3600e3) * 3600e3;
    const all = { kind: 'contact', device: '4f09c2a1b7de', tracker: 'Xandr', organisation: 'Microsoft', purpose: 'ad-exchange', matched: 'adnxs.com', evidence: 'handshake',
        connections: 1, country: '', asn: '', severity: 'high', why: 'a device contacted Xandr (Microsoft), an ad exchange; its name was seen in a connection', feed: 'telltale@2026-11-23', ...fields };
    return redis('xadd', `${KEY}alerts`, `${hour}-*`, ...Object.entries(all).flat()).trim();
}

export function addDay(back, companies, devices, { hours } = {}) {
    const counts = {}, add = (name, n) => { counts[name] = (counts[name] || 0) + n; };
    const shape = hours || [0, 0, 0, 0, 0, 0, 1, 6, 22, 40, 34, 28, 52, 46, 30, 18, 8, 4, 2, 1, 1, 0, 0, 0];
    const whole = companies.reduce((sum, c) => sum + c.contacts, 0), parts = shape.reduce((a, b) => a + b, 0);
    for (const c of companies) {
        add('contacts', c.contacts);
        add(`contacts:organisation:${c.company}`, c.contacts);
        add(`contacts:tracker:${c.tracker}`, c.contacts);
        add(`contacts:purpose:${c.purpose}`, c.contacts);
    }
    add('contacts:evidence:handshake', Math.round(whole * 0.8));
    add('contacts:evidence:lookup', Math.round(whole * 0.12));
    add('contacts:evidence:blocked', Math.round(whole * 0.08));
    shape.forEach((part, h) => { if (part) add(`contacts:hour:${String(h).padStart(2, '0')}`, Math.max(1, Math.round(whole * part / parts))); });
    redis('hset', `${KEY}day:${day(back)}`, ...Object.entries(counts).flat());
    const rows = {};
    for (let i = 0; i < devices; i++) {
        const name = (0x4f09c2a1b7de + i * 7919 * 1e6).toString(16).padStart(12, '0').slice(-12);
        const one = companies.filter((c, k) => (i + k) % 3 !== 0);
        one.forEach((c) => { rows[name] = (rows[name] || 0) + 1; rows[`${name}:${c.purpose}`] = (rows[`${name}:${c.purpose}`] || 0) + 1; });
    }
    if (devices) redis('hset', `${KEY}day:${day(back)}:devices`, ...Object.entries(rows).flat());
    if (devices > 9 && back === 0) redis('hset', `${KEY}day:${day(back)}:labels`, ...Object.keys(rows).filter((name) => !name.includes(':')).slice(0, 3).flatMap((name, i) => [name, `Library PC ${i + 1}`]));
}

export const COMPANIES = [
    ['Google', 'Google Analytics', 'analytics', 412], ['Google', 'Google Ads', 'ad-exchange', 231], ['Meta', 'Meta Pixel', 'ad-pixel', 168], ['Microsoft', 'Xandr', 'ad-exchange', 97],
    ['X Corp.', 'X (Twitter)', 'social', 61], ['Adobe', 'Adobe Experience Cloud', 'analytics', 44], ['Usercentrics', 'Cookiebot', 'consent', 39], ['MiQ Digital', 'MiQ', 'ad-pixel', 21],
    ['Hotjar', 'Hotjar', 'session-replay', 12], ['Criteo', 'Criteo', 'ad-exchange', 9], ['Nexxen', 'Nexxen', 'ad-exchange', 4],
].map(([company, tracker, purpose, contacts]) => ({ company, tracker, purpose, contacts }));

export function addHealth(fields = {}) {
    const now = Math.floor(Date.now() / 1000);
    const all = { updated: now + 3600, started: now - 86400 * 3, captured: 48211734, captured_bytes: 31884211777, kernel_dropped: 0, ring_in: 48211734, ring_full: 0, decoded: 48209001, undecodable_truncated: 12,
        undecodable_malformed: 3, undecodable_other: 2718, flows: 84213, flows_pushed_out: 0, named: 76121, blind_ech: 310, blind_doh: 1804, blind_dot: 2511, blind_doq: 0, blind_relay: 1402, blind_vpn: 77, blind_no_name: 1820,
        blind_incomplete: 168, feed_rules: 995, countries_built: 0, networks_built: 0, sightings_dropped: 0, sightings_refused: 0, batches_repeated: 0, spool_damaged: 0, spool_errors: 0, disk_bytes_day: 14000000,
        store_red: 0, reconnects: 0, demo: 0, ...fields };
    redis('hset', `${KEY}health`, ...Object.entries(all).flat());
}

// Three times in which nothing was heard today; the last a minute ago.
export function addGaps() {
    const now = Math.floor(Date.now() / 1000), rows = [[now - 190, now - 185, 'down'], [now - 120, now - 118, 'died'], [now - 90, now - 60, 'cable']];
    redis('hset', `${KEY}day:${day(0)}:coverage`, 'gaps', 3, 'gap_seconds', 37, ...rows.flatMap(([from, until, why]) => [`gap:${from}`, `${until}\t${why}`]));
    redis('hset', `${KEY}health`, 'gaps', 3, 'gap_seconds', 37, 'gap_from', now - 90, 'gap_until', now - 60);
}

// Fifteen counts (common/moments.h): most contacts within a second, one or two late.
const delaysOf = (n) => { const shape = [1, 3, 6, 8, 9, 6, 4, 3, 2, 2, 1, 1, 0, 0, 1], all = shape.reduce((a, b) => a + b, 0), out = shape.map((s) => Math.floor(n * s / all)); out[4] += n - out.reduce((a, b) => a + b, 0); return out.join(' '); };

// What left of a support site for a week: visits, devices, and hosts that followed (store/site_batch.c has the form of a pair).
export function addSite(period, first, last, site, visits, devices, told) {
    redis('hset', `${KEY}site:${period}`, 'first', first, 'last', last, `visits:${site}`, visits, `devices:${site}`, devices,
        ...told.flatMap((t) => [`pair:${site}:${t.host}`, `0 0 0 0 0 0 0 0 ${visits} ${t.followed} 400 ${t.control} 0 0 0 0 0 0 0 0 ${delaysOf(t.followed)}\t${t.tracker}\t${t.company}\t${t.purpose}\t${t.country}`]));
}
export function addSites() {
    const week = (back) => { const at = new Date(Date.now() - back * 7 * 86400e3); at.setUTCHours(12); at.setUTCDate(at.getUTCDate() - (at.getUTCDay() + 6) % 7); return at; };
    const text = (at) => at.toISOString().slice(0, 10);
    for (let back = 1; back <= 5; back++) {
        const monday = week(back), sunday = new Date(+monday + 6 * 86400e3), thursday = new Date(+monday + 3 * 86400e3);
        const number = 1 + Math.floor((thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * 86400e3));
        const name = `${thursday.getUTCFullYear()}-W${String(number).padStart(2, '0')}`;
        addSite(name, text(monday), text(sunday), 'themix.org.uk', 9 + back, 6 + back, [{ host: 'secure.adnxs.com', followed: 8 + back, control: 3, tracker: 'Xandr', company: 'Microsoft', purpose: 'ad-exchange', country: 'US' },
            { host: 'region1.google-analytics.com', followed: 9 + back, control: 120, tracker: 'Google Analytics', company: 'Google', purpose: 'analytics', country: 'US' }, { host: 'www.gstatic.com', followed: 4, control: 180, tracker: 'Google static files', company: 'Google', purpose: 'other', country: 'US' }]);
        addSite(name, text(monday), text(sunday), 'childline.org.uk', 7, 5, []);
    }
}

// A school on an ordinary day, with a week behind it.
export function addSchool() {
    for (let back = 7; back >= 1; back--)
        addDay(back, COMPANIES.slice(0, 10).map((c) => ({ ...c, contacts: Math.round(c.contacts * (0.6 + (back * 37 % 50) / 100)) })), 30 + back);
    addDay(0, COMPANIES, 38);
    addHealth();
    addSites();
    for (const c of COMPANIES.slice(0, 8).reverse())
        addAlert({ tracker: c.tracker, organisation: c.company, purpose: c.purpose, severity: ['ad-exchange', 'ad-pixel'].includes(c.purpose) ? 'high' : 'medium',
            why: `a device contacted ${c.tracker} (${c.company}); its name was seen in a connection` });
}

// -- people --

let first = true;
const cookies = {};

async function call(path, body, { cookie, token, origin = BASE, type = 'application/json', method } = {}) {
    const headers = { ...(body !== undefined && origin && { Origin: origin }), ...(body !== undefined && { 'Content-Type': type }), ...(cookie && { Cookie: cookie }), ...(token && { 'X-Telltale-Token': token }) };
    const answer = await fetch(BASE + path, { method: method || (body === undefined ? 'GET' : 'POST'), headers, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body), redirect: 'manual' });
    const text = await answer.text();
    let json = null;
    try { json = JSON.parse(text); } catch { /* a page */ }
    return { status: answer.status, headers: answer.headers, text, json, cookie: (answer.headers.get('set-cookie') || '').split(';')[0] };
}
export { call };

// A session of this role: {cookie, token, name}. The first one makes the accounts.
export async function signIn(role) {
    if (first) {
        first = false;
        const lead = await call('/api/v1/setup', { code: process.env.CODE, name: 'anna', password: PASSWORD });
        expectIs('the one-time code makes the first lead', 200, lead.status);
        const added = await call('/api/v1/accounts', { name: 'tom', role: 'technician', password: PASSWORD }, { cookie: lead.cookie, token: lead.json.token });
        expectIs('a lead adds a technician', 200, added.status);
    }
    const name = role === 'lead' ? 'anna' : 'tom';
    const answer = await call('/api/v1/sign-in', { name, password: PASSWORD });
    expectIs(`${name} signs in`, 200, answer.status);
    cookies[role] = { cookie: answer.cookie, token: answer.json.token, name };
    return cookies[role];
}

// -- the browser --

let browser;
export async function openBrowser() {
    browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    return browser;
}
export async function closeBrowser() {
    if (browser) await browser.close();
}

// A page signed in as `who` (null: nobody); `faults` collects what must not happen: console errors, dialogs, requests to elsewhere.
export async function openPage(who, options = {}) {
    const context = await (await openBrowser()).newContext({ viewport: { width: 1366, height: 768 }, ...options });
    if (who) {
        const [name, value] = who.cookie.split('=');
        await context.addCookies([{ name, value, url: BASE, httpOnly: true, sameSite: 'Strict' }]);
    }
    const page = await context.newPage(), faults = [];
    page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') faults.push(`console: ${m.text()}`); });
    page.on('pageerror', (e) => faults.push(`exception: ${e.message}`));
    page.on('dialog', (d) => { faults.push(`dialog: ${d.message()}`); d.dismiss(); });
    page.on('request', (r) => { if (!r.url().startsWith(BASE)) faults.push(`request: ${r.url()}`); });
    return { page, faults, context };
}

export async function visit(page, path) {
    const answer = await page.goto(BASE + path);
    if (!path.startsWith('/what-we-see')) await page.waitForSelector('body[data-ready]');
    return answer;
}
