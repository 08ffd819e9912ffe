// har.mjs -- a visit to a page with a pixel, an embed, a login button and a consent banner, by a real headless Chromium.
//
// One local server stands in for every host (the browser is told to find all of them there) and logs each request. The browser's recording
// goes through `telltale har`, which must tell exactly the requests that the server saw, and what each carried. Started by tests/browser/har.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
const work = process.argv[2];
const page = 'https://www.themix.org.uk/mental-health/suicidal-feelings?from=help';
const address = 'https://www.themix.org.uk/mental-health/suicidal-feelings';
const title = 'Suicidal feelings \u2013 a page made for a test';
const q = encodeURIComponent;

let checks = 0;
function expect(what, good) {
    checks++;
    if (!good) {
        console.error('FAILED: ' + what);
        process.exit(1);
    }
}

// -- the pages --

const inner = `https://pixel.mediaiqdigital.com/pixel?u1=${q(address)}`;
const gif = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
const document = `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${title.replace('\u2013', '&ndash;')}</title></head><body>
<img src="https://secure.adnxs.com/px?id=1&amp;redir=${q(inner)}" alt="">
<img src="https://www.facebook.com/tr/?id=1234567890123456&amp;ev=PageView&amp;dl=${q(page)}" alt="">
<img src="https://t.example.net/plain.gif" alt="" referrerpolicy="unsafe-url">
<img src="https://quiet.example.net/x.gif" alt="" referrerpolicy="no-referrer">
<iframe src="https://www.facebook.com/plugins/page.php?href=${q('https://www.facebook.com/example')}" title="embed"></iframe>
<iframe src="https://syndication.twitter.com/settings?origin=${q(page)}" title="embed"></iframe>
<script src="/site.js"></script><script src="https://consent.cookiebot.com/uc.js"></script>
<button id="login" onclick="window.open('https://www.facebook.com/v17.0/dialog/oauth?redirect_uri=${q('https://www.themix.org.uk/login')}')">Log in</button>
<button id="accept" onclick="accept()">Accept</button></body></html>`;
const script = `fetch('https://region1.google-analytics.com/g/collect?v=2&cid=11223344.556677&dl=' + encodeURIComponent(location.href) + '&dt=' + encodeURIComponent(document.title), {method: 'POST', mode: 'no-cors'});
fetch('https://b64.example.net/e?d=' + btoa(JSON.stringify({page: location.origin + location.pathname})).replace(/=+$/, ''), {mode: 'no-cors'});
fetch('https://form.example.net/f', {method: 'POST', mode: 'no-cors', body: new URLSearchParams({title: document.title, x: '1'})});
async function accept() {
    await fetch('https://consent.cookiebot.com/logconsent.ashx?action=accept', {mode: 'no-cors'});
    await fetch('https://analytics.tiktok.com/api/v2/pixel', {method: 'POST', mode: 'no-cors', body: JSON.stringify({context: {page: {url: location.href}}})});
    document.getElementById('accept').textContent = 'thanks';
}`;

const answers = {
    'www.themix.org.uk/mental-health/suicidal-feelings': [200, 'text/html; charset=utf-8', document],
    'www.themix.org.uk/site.js': [200, 'text/javascript', script],
    'secure.adnxs.com/px': [302, 'text/html', '', inner],
    'pixel.mediaiqdigital.com/pixel': [200, 'image/gif', gif],
    'www.facebook.com/tr/': [200, 'image/gif', gif],
    'www.facebook.com/plugins/page.php': [200, 'text/html', '<title>embed</title>'],
    'www.facebook.com/v17.0/dialog/oauth': [200, 'text/html', '<link rel="icon" href="data:,"><title>login</title>'],
    'syndication.twitter.com/settings': [200, 'text/html', '<title>embed</title>'],
    't.example.net/plain.gif': [200, 'image/gif', gif],
    'quiet.example.net/x.gif': [200, 'image/gif', gif],
    'consent.cookiebot.com/uc.js': [200, 'text/javascript', ''],
    'consent.cookiebot.com/logconsent.ashx': [200, 'text/javascript', ''],
    'region1.google-analytics.com/g/collect': [204, 'text/plain', ''],
    'b64.example.net/e': [204, 'text/plain', ''],
    'form.example.net/f': [204, 'text/plain', ''],
    'analytics.tiktok.com/api/v2/pixel': [200, 'application/json', '{}'],
};
const hosts = new Set(Object.keys(answers).map((k) => k.split('/')[0]));

// -- the server --

const served = [];
const server = createServer({ key: readFileSync(join(work, 'key.pem')), cert: readFileSync(join(work, 'cert.pem')) }, (request, response) => {
    const host = request.headers.host, path = request.url.split('?')[0];
    const [status, type, body, location] = answers[host + path] ?? [404, 'text/plain', 'nothing here'];
    if (hosts.has(host)) // the browser's own errands are not the page's
        served.push(`${request.method} ${host}${path}`);
    request.resume();
    response.writeHead(status, { 'Content-Type': type, 'Access-Control-Allow-Origin': '*', ...(location ? { Location: location } : {}), ...(host === 'secure.adnxs.com' ? { 'Set-Cookie': 'anj=SECRETVALUE; Secure; SameSite=None; Path=/' } : {}) });
    response.end(body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

// -- the visit --

const recording = join(work, 'visit.har');
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', `--host-resolver-rules=MAP * 127.0.0.1:${server.address().port}`],
});
const context = await browser.newContext({ ignoreHTTPSErrors: true, recordHar: { path: recording, content: 'embed' } });
// Sent where its site is opened itself: third parties' cookies are blocked in a fresh context.
await context.addCookies([{ name: 'datr', value: 'SECRETVALUE', domain: '.facebook.com', path: '/', secure: true, sameSite: 'Lax' }]);
const tab = await context.newPage();
await tab.goto(page, { waitUntil: 'networkidle' });
await tab.click('#accept');
await tab.getByText('thanks').waitFor();
const [login] = await Promise.all([context.waitForEvent('page'), tab.click('#login')]);
await login.waitForLoadState('networkidle');
await context.close();

// -- what telltale says of it --

const telltale = (...words) => execFileSync(process.env.TELLTALE, ['har', ...words], { encoding: 'utf8', maxBuffer: 1 << 26 });
const report = JSON.parse(telltale('-o', 'json', recording));
const told = report.requests.map((r) => `${r.method} ${r.host}${new URL(r.address).pathname}`);
expect(`the requests that were made, no more and no less:\n served: ${served.sort()}\n told:   ${told.sort()}`, JSON.stringify(served) === JSON.stringify(told));
expect('all was read', report.recordings[0].coverage === 1 && report.recordings[0].complete);

const first = report.pages.findIndex((p) => p.address === address + '?from=\u2026');
expect(`the page: ${JSON.stringify(report.pages)}`, first >= 0 && report.pages[first].title === title && report.pages[first].site === 'themix.org.uk');

const wanted = [
    'analytics.tiktok.com|url|json|full address with query|pixel|after',
    'b64.example.net|d > page|query|full address||before',
    'form.example.net|title|form|title||before',
    'pixel.mediaiqdigital.com|u1|query|full address|pixel|before',
    'region1.google-analytics.com|dl|query|full address with query|pixel|before',
    'region1.google-analytics.com|dt|query|title|pixel|before',
    'secure.adnxs.com|redir > u1|query|full address|pixel|before',
    'syndication.twitter.com|origin|query|full address with query|embed|before',
    't.example.net|Referer|referer|full address with query||before',
    'www.facebook.com|dl|query|full address with query|pixel|before',
];
const found = report.leaks.filter((l) => l.tells_page).map((l) => [l.host, l.parameter, l.place, l.carried, l.role, l.consent].join('|')).sort();
expect(`what was carried:\n wanted ${wanted.join('\n        ')}\n found  ${found.join('\n        ')}`, JSON.stringify(wanted) === JSON.stringify(found));
expect('a page without Referer tells nothing', !report.leaks.some((l) => l.host === 'quiet.example.net'));

const by = (host, part) => report.requests.find((r) => r.host === host && r.address.includes(part));
expect('the redirect', by('pixel.mediaiqdigital.com', '/pixel').redirected_from === by('secure.adnxs.com', '/px').order);
expect('login, embed and pixel', by('www.facebook.com', 'oauth').role === 'login' && by('www.facebook.com', 'plugins').role === 'embed' && by('www.facebook.com', '/tr').role === 'pixel');
expect('the consent action', report.recordings[0].consent_action === by('consent.cookiebot.com', 'logconsent').order);
expect('cookies by name', by('www.facebook.com', 'oauth').cookies_sent.join() === 'datr' && by('secure.adnxs.com', '/px').cookies_set.join() === 'anj');
expect('identifiers by name', by('region1.google-analytics.com', 'collect').identifiers.includes('cid'));
expect('times after the page', report.requests.filter((r) => r.page === first).every((r) => r.after_ms >= -50 && r.after_ms < 120000));

// -- the report as a page --

const html = telltale('-o', 'html', recording);
for (const output of [html, telltale('-o', 'csv', recording), telltale(recording), JSON.stringify(report)])
    expect('no value is shown', !/SECRETVALUE|11223344|1234567890123456/.test(output));
writeFileSync(join(work, 'report.html'), html);
const reader = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
const fetched = [];
reader.on('request', (r) => fetched.push(r.url()));
await reader.goto('file://' + join(work, 'report.html'));
expect(`the report fetches nothing: ${fetched}`, fetched.length === 1);
await reader.evaluate(readFileSync(join(process.env.AXE, 'axe.min.js'), 'utf8'));
const { violations } = await reader.evaluate(() => axe.run());
expect(`accessible: ${JSON.stringify(violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))}`, violations.length === 0);
if (process.env.SCREENSHOT)
    await reader.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
await browser.close();
server.close();
console.log(`${checks} checks on ${told.length} requests, ${found.length} of them told the page`);
