// dashboard_files.mjs -- what goes into and comes out of the dashboard as files: exports, recordings, packs of evidence.
import { readFileSync } from 'node:fs';
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
    expectIs('what was refused is not in the record', 6, noted);
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
