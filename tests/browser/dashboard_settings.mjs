// dashboard_settings.mjs -- the page Settings with a real telltaled publish behind it: what is asked for is decided there, and said here.
import { addSchool, call, expect, expectIs, openPage, redis, signIn, visit } from './dashboard_world.mjs';

const KEY = 'telltale:{test}:';

// Fills a group's form, sends it by keyboard, and gives what the page says of it.
async function ask(page, group, values) {
    for (const [id, value] of Object.entries(values))
        await (id.endsWith('category') ? page.selectOption(`#${id}`, value) : page.fill(`#${id}`, value));
    await page.focus(`section[aria-labelledby=of-${group}] form button[type=submit]`);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`section[aria-labelledby=of-${group}] .notice:is(.good, .bad):not([hidden])`, { timeout: 10000 });
    return page.textContent(`section[aria-labelledby=of-${group}] .notice`);
}

export async function settings_are_asked_for() {
    addSchool();
    const lead = await signIn('lead');
    const { page, faults } = await openPage(lead);
    await visit(page, '/settings');
    expectIs('k as it is', '5', await page.inputValue('#privacy-k'));
    expect('every field has a name', await page.locator('input:not([id])').count() === 0);
    expect('a number below the floor is refused in words', /^Refused:.*from 5 to 20/.test(await ask(page, 'privacy', { 'privacy-k': '3' })));
    expectIs('the page shows what is in force', '5', await page.inputValue('#privacy-k'));
    expect('eight are accepted', /^Accepted\./.test(await ask(page, 'privacy', { 'privacy-k': '8' })));
    expectIs('and shown', '8', await page.inputValue('#privacy-k'));
    expect('retention beyond the table is refused', /^Refused:/.test(await ask(page, 'retention', { 'retention-figures': '500' })));
    expect('a site of one’s own', /^Accepted\./.test(await ask(page, 'site', { 'site-site': 'helpline.school.example', 'site-label': '<b>Our</b> helpline', 'site-category': 'mental-health' })));
    expect('its name is text', (await page.textContent('section[aria-labelledby=of-site] table')).includes('<b>Our</b> helpline') && await page.locator('main b').count() === 0);
    expect('a public suffix is none', /^Refused:/.test(await ask(page, 'site', { 'site-site': 'co.uk', 'site-label': 'Everybody', 'site-category': 'suicide' })));
    await page.click('button[aria-label="Remove helpline.school.example"]');
    await page.waitForFunction(() => !document.querySelector('section[aria-labelledby=of-site] table'), null, { timeout: 10000 });
    expect('a list that nobody knows is refused', /^Refused:.*\[feeds\] hosts/.test(await ask(page, 'list', { 'list-name': 'more', 'list-url': 'https://lists.example/more.txt' })));
    await page.click('button[aria-label="Subscribe to easyprivacy"]');
    await page.waitForSelector('button[aria-label="Remove easyprivacy"]', { timeout: 10000 });
    expect('one that is subscribed to is no choice any more', await page.locator('button[aria-label="Subscribe to easyprivacy"]').count() === 0);
    expect('its licence stood beside the others', /MIT/.test(await page.textContent('section[aria-labelledby=of-list]')));
    if (process.env.SHOT) await page.locator('section[aria-labelledby=of-list]').screenshot({ path: process.env.SHOT });
    const until = new Date(Date.now() + 50 * 86400e3).toISOString().slice(0, 10);
    expect('longer names, with a reason', /^Accepted\./.test(await ask(page, 'pseudonyms', { 'pseudonyms-until': until, 'pseudonyms-reason': 'A study that the governors agreed to' })));
    expect('the page says until when', /Names stay until/.test(await page.textContent('section[aria-labelledby=of-pseudonyms]')));
    await visit(page, '/record');
    expect('the record has both kinds', /had a setting changed/.test(await page.textContent('main')) && /which was refused/.test(await page.textContent('main')));

    // What goes around the page meets the same floors, and nobody but a lead may ask at all.
    const technician = await signIn('technician');
    for (const [what, who, wanted] of [['a technician', technician, 403], ['nobody', {}, 401], ['a lead without a token', { cookie: lead.cookie }, 403], ['a lead from elsewhere', { ...lead, origin: 'http://evil.example' }, 403]])
        expectIs(`${what} asks`, wanted, (await call('/api/v1/settings', { change: 'privacy', k: '9' }, who)).status);
    for (const body of [{ change: 'privacy' }, { change: 'demo', k: '1' }, { change: 'privacy', k: 5 }, { change: 'privacy', k: '5', figures: '3' }, { change: 'notice', controller: 'x\n[privacy]\ndemo = yes', url: 'https://a.example/', since: '2026-11-01' },
        { change: 'privacy', k: '5'.repeat(201) }, { change: 'site', site: 'a.example.org', label: 'a\tb', category: 'suicide' }])
        expectIs(`the body ${JSON.stringify(body).slice(0, 60)}`, 400, (await call('/api/v1/settings', body, lead)).status);
    expectIs('k after all this', '8', redis('hget', `${KEY}settings`, 'set:privacy.k').trim());

    // What left while five devices were enough is not shown now that eight are asked for.
    const sites = (await call('/api/v1/sites', undefined, lead)).json;
    expectIs('devices asked for', 8, sites.least_devices);
    expectIs('periods with too few devices', 0, sites.sites.flatMap((s) => s.periods).filter((p) => p.devices < 8).length);
    expectIs('sites that are left', 'themix.org.uk', sites.sites.map((s) => s.site).join());
    expectIs('visits of the one site, and of what is judged', '50 50', `${sites.sites[0].visits} ${sites.sites[0].told[0].visits}`);

    // Where the machine's owner has switched changes off.
    redis('hset', `${KEY}settings`, 'fixed', 'yes');
    await visit(page, '/settings');
    expect('where nothing can be changed, nothing can be sent', await page.locator('main form button:not([disabled])').count() === 0);
    expect(`nothing went wrong: ${faults.join('; ')}`, faults.length === 0);
}
