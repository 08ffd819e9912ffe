// dashboard_files.mjs -- what goes into and comes out of the dashboard as files: exports, recordings, packs of evidence.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recording } from './recording.mjs';
import { addSchool, BASE, call, day, expect, expectIs, openPage, redis, signIn, visit } from './dashboard_world.mjs';

const noFaults = (what, faults) => expect(`${what}: ${faults.join('; ')}`, faults.length === 0);
export const audit = () => redis('xrange', 'telltale:{test}:audit', '-', '+');

// Presses what makes a file and gives its name and bytes.
export async function saved(page, press) {
    const [file] = await Promise.all([page.waitForEvent('download'), press()]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

// Every format, a day and a range, saved by the browser; each noted first; nobody else gets one.
export async function export_download() {
    addSchool();
    const lead = await signIn('lead');
    const { page, faults } = await openPage(lead);
    await visit(page, '/exports');
    const begins = { pdf: '%PDF-', html: '<!doctype html>', csv: 'section,from,to,', json: '{' };
    for (const [format, wanted] of Object.entries(begins)) {
        await page.check(`#format-${format}`);
        const { name, bytes } = await saved(page, () => page.click('#make'));
        expectIs('the file says its day', `telltale-${day(1)}.${format}`, name);
        expect(`${format} begins as it should: ${bytes.subarray(0, 40)}`, bytes.toString('latin1').toLowerCase().startsWith(wanted.toLowerCase()));
        await page.waitForSelector('.notice.good');
        expect('the page says where it is', (await page.textContent('.notice.good')).includes(name));
        expect(`${format} is in the record`, audit().includes(`summary of ${day(1)} to ${day(1)} as ${format}`));
    }
    await page.check('#format-csv');
    await page.click('#quick-week');
    const range = await page.textContent('#range');
    expect(`a week is from Monday to Sunday: ${range}`, /^Monday, .* to Sunday, /.test(range));
    const week = await saved(page, () => page.click('#make'));
    expect(`its name has both days: ${week.name}`, /^telltale-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv$/.test(week.name));
    await page.click('#quick-term');
    const termBounds = await page.$eval('#from', (from) => [from.value, document.querySelector('#to').value]);
    expect(`a term is of whole weeks: ${termBounds}`, new Date(termBounds[0]).getUTCDay() === 1 && new Date(termBounds[1]).getUTCDay() === 0);
    const term = await saved(page, () => page.click('#make'));
    expect(`telltale calls it a term too: ${term.name}`, /^telltale-\d{4}-T[123]\.csv$/.test(term.name));
    await page.fill('#from', day(3));
    await page.fill('#to', day(1));
    await page.check('#format-json');
    const three = JSON.parse((await saved(page, () => page.click('#make'))).bytes);
    expectIs('three days were asked for', 3, three.days.length);
    expect('with their contacts', three.days.every((d) => d.contacts > 100));
    await page.fill('#from', day(1));
    await page.fill('#to', day(3));
    await page.click('#make');
    await page.waitForSelector('.notice.bad');
    expect('the wrong way round is said', /earlier day comes first/.test(await page.textContent('.notice.bad')));
    expect('what was made stands on the page', (await page.textContent('#lately + *')).includes(`summary of ${day(3)} to ${day(1)} as json`));
    noFaults('exports', faults.filter((f) => !/400/.test(f)));

    const tom = await signIn('technician'), asked = { from: day(1), to: day(1), format: 'csv' };
    expectIs('not for a technician', 403, (await call('/api/v1/export', asked, tom)).status);
    expectIs('not without a token', 403, (await call('/api/v1/export', asked, { cookie: lead.cookie })).status);
    expectIs('not from elsewhere', 403, (await call('/api/v1/export', asked, { ...lead, origin: 'http://evil.example' })).status);
    for (const [wrong, code] of [[{ ...asked, from: '2026-02-30' }, 'day'], [{ ...asked, format: 'exe' }, 'format'], [{ ...asked, from: '2020-01-01' }, 'range'], [{ ...asked, more: 'x' }, 'body'], [{}, 'body']])
        expectIs(`${JSON.stringify(wrong)} is refused`, code, (await call('/api/v1/export', wrong, lead)).json.error.code);
    const noted = audit().match(/summary of/g).length;
    expectIs('what was refused is not in the record', 7, noted);
    const many = await Promise.all(Array.from({ length: 30 }, () => call('/api/v1/export', { ...asked, format: 'pdf' }, lead)));
    const made = many.filter((a) => a.status === 200).length, busy = many.filter((a) => a.status === 503 && a.json.error.code === 'busy').length;
    expect(`of thirty at once ${made} are made and ${busy} are told to wait`, made >= 16 && made + busy === 30);
    const began = Date.now();
    const slow = call('/api/v1/export', { from: day(399), to: day(0), format: 'pdf' }, lead);
    expectIs('and meanwhile the server answers', 200, (await call('/api/v1/session', undefined, lead)).status);
    const took = Date.now() - began;
    expect(`at once: ${took} ms`, took < 300);
    expectIs('the longest export is made too', 200, (await slow).status);
}

// Two recordings of the same site, kept: who was told, and that it stopped.
export async function keepRecordings() {
    const lead = await signIn('lead');
    for (const options of [{ day: new Date(Date.now() - 20 * 86400e3) }, { day: new Date(Date.now() - 6 * 86400e3) }])
        expectIs('a recording is kept', 200, (await call('/api/v1/recording?site=themix.org.uk&keep=1', recording(options), lead)).status);
}

// Leaves the page of a site with a recording that nobody has decided about.
export async function showRecording(page) {
    await visit(page, '/site?site=themix.org.uk');
    await page.setInputFiles('#har', { name: 'visit.har', mimeType: 'application/json', buffer: Buffer.from(recording()) });
    await page.waitForSelector('#result');
}

// Unpacked, the pack is what telltale says it is, and the record has its digest.
function checkPack(bytes) {
    const folder = mkdtempSync(join(tmpdir(), 'pack-'));
    try {
        writeFileSync(join(folder, 'pack.zip'), bytes);
        execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'pack.zip'), folder]);
        const pack = join(folder, readdirSync(folder).find((name) => name.startsWith('evidence-')));
        const said = execFileSync(process.env.TELLTALE, ['evidence', '--verify', pack], { encoding: 'utf8' });
        expect(`nothing differs: ${said}`, /0 differences/.test(said));
        expect('the record has its digest', audit().includes(`manifest ${/SHA-256 is ([0-9a-f]{64})/.exec(said)[1]}`));
        const report = readFileSync(join(pack, 'report.html'), 'utf8'), requests = readFileSync(join(pack, 'requests.csv'), 'utf8');
        expect('the report has the proof', /The proof: what requests said/.test(report) && /it was told/.test(report));
        expect('and the file of requests', /secure.adnxs.com,Microsoft,redir &gt; u1|secure.adnxs.com,Microsoft,redir > u1/.test(requests) && !/SECRETVALUE|11223344/.test(requests + report));
    } finally {
        rmSync(folder, { recursive: true });
    }
}

const har = (text, name = 'visit.har') => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
const keys = (pattern) => redis('--scan', '--pattern', `telltale:{test}:${pattern}`).split('\n').filter(Boolean);
const everythingStored = () => keys('*').map((k) => redis(...(redis('type', k).trim() === 'hash' ? ['hgetall', k] : ['xrange', k, '-', '+']))).join('\n');

// A recording is read and shown, kept only when somebody says so, joins the network's finding everywhere, and can be removed.
export async function har_upload() {
    addSchool();
    const lead = await signIn('lead');
    const { page, faults } = await openPage(lead);
    await visit(page, '/site?site=themix.org.uk');
    expect('before: contacted, not told', /companies are contacted/.test(await page.textContent('h1')) && !/told which page/.test(await page.textContent('#told + *')));
    await page.setInputFiles('#har', har(recording()));
    await page.waitForSelector('#result');
    const shown = await page.textContent('#result');
    expect(`companies, parameter and page are named: ${shown.slice(0, 400)}`, /Microsoft/.test(shown) && /MiQ/.test(shown) && /redir > u1/.test(shown) && /suicidal-feelings/.test(shown) && /the page\u2019s full address/.test(shown));
    expect('an identifier is named and not valued', /cid/.test(shown) && !/SECRETVALUE|11223344|1234567890123456/.test(await page.content()));
    expect('what was not asked anything of the page is said apart', /nothing of the page was found/.test(shown));
    expectIs('the result has the focus', 'result', await page.evaluate(() => document.activeElement.id));
    expect('and says that nothing is kept', /Nothing of this has been kept/.test(shown));
    expectIs('nothing is kept', 0, keys('proof:*').length);
    expect('nothing of it is in the store', !/suicidal-feelings|SECRETVALUE/.test(everythingStored()));
    await page.click('#forget');
    expectIs('forgotten, the result is gone', 0, await page.locator('#result').count());
    await page.reload();
    await page.waitForSelector('body[data-ready]');
    expectIs('and the page knows nothing of it', 0, await page.locator('.kept li').count());

    await page.setInputFiles('#har', har(recording()));
    await page.waitForSelector('#keep');
    await page.click('#keep');
    await page.waitForSelector('.kept li.card');
    expectIs('one recording is kept', 1, keys('proof:*').length);
    const ttl = Number(redis('ttl', keys('proof:*')[0]));
    expect(`for 400 days: ${ttl}`, ttl > 399 * 86400 && ttl <= 400 * 86400);
    expect('without any value', !/SECRETVALUE|11223344|1234567890123456/.test(everythingStored()));
    expect('and noted first', /kept[\s\S]*a recording of themix.org.uk/.test(audit()));
    const told = await page.textContent('main');
    expect('the finding is upgraded and says by what', /Proved/.test(told) && /A browser's recording of [^.]* shows a request that told secure.adnxs.com which page was read, in redir > u1/.test(told));
    expect('what the network alone says stays beside it', /the network alone says/.test(told));
    expect('the differences are shown', /The network and the recordings differ/.test(told) && /not among what the network shows clearly: .*(MiQ|Meta)/.test(told));
    expect('the chain is there with its frequency', /In 1 of 1 recording/.test(told) && (await page.locator('.chain li').count()) === 2);
    const pack = await saved(page, () => page.click('#pack'));
    expect(`the pack says its site: ${pack.name}`, /^evidence-themix\.org\.uk-\d{4}-\d\d-\d\d\.zip$/.test(pack.name));
    checkPack(pack.bytes);
    await visit(page, '/sites');
    expect('the list says it too', /A recording proves that .*Microsoft.* told which page was read/.test(await page.textContent('main')));

    await visit(page, '/site?site=themix.org.uk');
    await page.setInputFiles('#har', har(recording({ day: new Date(Date.now() + 86400e3), silent: true }), 'later.har'));
    await page.waitForSelector('#keep');
    expect('a silent recording is said to be one', /nothing of the page was found|told which site was visited, but not which page/.test(await page.textContent('#result')));
    await page.click('#keep');
    await page.waitForFunction(() => document.querySelectorAll('.kept li.card').length === 2);
    expect('of two recordings one shows it', /1 of the 2 recordings kept shows it/.test(await page.textContent('main')));
    expect('that it stopped is shown, not hidden', /The latest recording does not show it any more/.test(await page.textContent('main')));

    for (const [what, text, said] of [['no JSON', 'GET / HTTP/1.1', /no recording of a browser/], ['JSON that is none', '{"a":1}', /no recording of a browser/], ['another site\u2019s', recording({ page: 'https://www.childline.org.uk/get-support/' }), /No page of this site is in the recording.*childline/],
        ['cut', recording().slice(0, 300), /no recording of a browser/], ['deep', '{"log":{"entries":' + '['.repeat(5000), /no recording of a browser/]]) {
        await page.setInputFiles('#har', har(text));
        await page.waitForSelector('#recordings ~ div .notice.bad:not([hidden])');
        expect(`${what}: ${await page.textContent('#recordings ~ div .notice.bad')}`, said.test(await page.textContent('#recordings ~ div .notice.bad')));
        expectIs(`${what} shows no result`, 0, await page.locator('#result').count());
    }
    const hostile = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>\u202E=cmd|';
    await page.setInputFiles('#har', har(recording({ hostile })));
    await page.waitForSelector('#result');
    expectIs('a hostile recording is text', 0, await page.locator('#result :is(script, img)').count());
    await page.click('#keep');
    await page.waitForFunction(() => document.querySelectorAll('.kept li.card').length === 3);
    expectIs('when kept too', 0, await page.locator('main :is(script, img)').count());

    await page.locator('.kept li.card').first().locator('button').click();
    await page.click('.kept button:has-text("Yes, remove")');
    await page.waitForFunction(() => document.querySelectorAll('.kept li.card').length === 2);
    expectIs('removed is gone from the store', 2, keys('proof:*').length);
    noFaults('recordings', faults.filter((f) => !/400/.test(f)));

    const tom = await signIn('technician'), send = (body, options, path = '/api/v1/recording?site=themix.org.uk') => call(path, body, options);
    for (const [what, options, wanted] of [['a technician', tom, 403], ['nobody', {}, 401], ['another origin', { ...lead, origin: 'http://evil.example' }, 403], ['no token', { cookie: lead.cookie }, 403], ['a form', { ...lead, type: 'text/plain' }, 415]])
        expectIs(`refused: ${what}`, wanted, (await send(recording(), options)).status);
    await call('/api/v1/company?name=Google', undefined, lead);
    expect('which company was looked at is in the record', /looked[\s\S]*company Google/.test(audit()));
    expectIs('nothing to pack', 'nothing-to-pack', (await call('/api/v1/evidence', { site: 'samaritans.org' }, lead)).json.error.code);
    expectIs('a pack of no site', 404, (await call('/api/v1/evidence', { site: 'bbc.co.uk' }, lead)).status);
    expectIs('a site that is none', 404, (await send(recording(), lead, '/api/v1/recording?site=bbc.co.uk')).status);
    expectIs('an empty body', 400, (await send('', lead)).status);
    expectIs('more than 64 MB', 413, (await send('x'.repeat((64 << 20) + 1), lead)).status);
    expectIs('who may not upload may not send much', 413, (await send('x'.repeat(100000), tom)).status);
    const whole = JSON.parse(recording());
    whole.log.entries.push(...Array(19000).fill(whole.log.entries.at(-1)));
    const big = JSON.stringify(whole);
    const began = Date.now(), slow = send(big, lead);
    let slowest = 0;
    for (let i = 0; i < 20; i++) {
        const asked = Date.now();
        expectIs('meanwhile', 200, (await call('/api/v1/session', undefined, lead)).status);
        if (i === 10) {
            const second = await send(recording(), lead);
            expectIs('a second recording waits', '503 recording-busy', `${second.status} ${second.json.error?.code}`);
            continue;
        }
        slowest = Math.max(slowest, Date.now() - asked);
    }
    const answer = await slow;
    expectIs('nineteen thousand requests are read', 200, answer.status);
    expectIs('then the second is read', 200, (await send(recording(), lead)).status);
    expect(`and others wait ${slowest} ms at most`, slowest < 300);
    console.log(`${(big.length / 1e6).toFixed(1)} MB of recording read in ${Date.now() - began} ms; others waited ${slowest} ms at most`);
}

// Every chart has its table, with the same rows; without uPlot the table stands open in the picture's place.
export async function charts_have_tables() {
    addSchool();
    const lead = await signIn('lead');
    const where = ['/today', '/site?site=themix.org.uk', '/company?name=Google'];
    const look = (page) => page.locator('figure.chart').evaluateAll((all) => all.map((f) => ({ title: f.querySelector('figcaption').textContent, rows: f.querySelectorAll('tbody tr').length, caption: f.querySelector('caption')?.textContent,
        open: f.querySelector('details').open, canvas: f.querySelectorAll('canvas').length, drawing: f.querySelectorAll('.picture svg').length, hidden: f.querySelector('.picture')?.getAttribute('aria-hidden') })));
    const fetched = !/export default null/.test((await call('/assets/uplot.js', undefined, lead)).text);
    for (const there of fetched ? [true, false] : [false]) {
        const { page, faults } = await openPage(lead);
        if (!there) await page.route('**/assets/uplot.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'export default null;' }));
        let drawn = 0;
        for (const path of where) {
            await visit(page, path);
            await page.waitForTimeout(200); // a canvas is drawn once it knows its width
            const charts = await look(page);
            expect(`${path} has charts`, charts.length > 0);
            for (const c of charts) {
                expect(`${path}: "${c.title}" has a table of its figures, called the same`, c.rows > 1 && c.caption === c.title);
                expect(`"${c.title}": ${there ? 'a picture for the eye alone' : 'the table stands open in its place'}`, c.canvas + c.drawing === 1 ? c.hidden === 'true' : !there && c.open);
                drawn += c.canvas;
            }
        }
        expect(`${drawn} charts by uPlot`, there ? drawn >= 3 : drawn === 0);
        noFaults('charts', faults);
    }
    if (!fetched) console.log('uPlot was not fetched (deploy/fetch-assets): only the tables were tested');
}
