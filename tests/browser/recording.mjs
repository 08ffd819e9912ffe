// recording.mjs -- a browser's recording (HAR 1.2) of a page of a support site, as Firefox writes it: what each test changes in it is its argument.
const q = encodeURIComponent;
export const PAGE = 'https://www.themix.org.uk/mental-health/suicidal-feelings';
export const TITLE = 'Suicidal feelings \u2013 The Mix';

// `hostile` is put wherever a page's author could put text. `silent`: nobody is told anything.
export function recording({ day = new Date(), page = PAGE, title = TITLE, hostile = '', silent = false } = {}) {
    const began = +day;
    const at = (ms) => new Date(began + ms).toISOString();
    const inner = `https://pixel.mediaiqdigital.com/pixel?u1=${q(page)}&uid=SECRETVALUE`;
    const entry = (ms, url, more = {}) => ({ pageref: 'page_1', startedDateTime: at(ms), time: 40, cache: {}, timings: { send: 1, wait: 30, receive: 9 },
        request: { method: 'GET', url, httpVersion: 'HTTP/2', cookies: more.cookies || [], headers: [{ name: 'Host', value: new URL(url).host }, ...(more.referer ? [{ name: 'Referer', value: more.referer }] : [])], queryString: [], headersSize: -1, bodySize: 0 },
        response: { status: more.status || 200, statusText: '', httpVersion: 'HTTP/2', cookies: [], headers: more.location ? [{ name: 'Location', value: more.location }] : [], redirectURL: more.location || '', headersSize: -1, bodySize: 0,
            content: { size: 0, mimeType: more.type || 'image/gif', text: more.text } } });
    const told = silent ? [] : [
        entry(310, `https://secure.adnxs.com/px?id=1&redir=${q(inner)}`, { status: 302, location: inner, cookies: [{ name: 'anj', value: 'SECRETVALUE' }] }),
        entry(420, inner),
        entry(510, `https://region1.google-analytics.com/g/collect?v=2&cid=11223344.5566&dl=${q(page)}&dt=${q(title)}`),
        entry(640, `https://www.facebook.com/tr/?id=1234567890123456&ev=PageView&dl=${q(page + (hostile && `?${q(hostile)}`))}`),
    ];
    return JSON.stringify({ log: { version: '1.2', creator: { name: 'Firefox', version: '128.0' }, browser: { name: `Firefox${hostile}`, version: '128.0' },
        pages: [{ id: 'page_1', title: title + hostile, startedDateTime: at(0), pageTimings: {} }],
        entries: [entry(0, page + (hostile && `?${q(hostile)}`), { type: 'text/html', text: `<title>${title}</title>` }), ...told, entry(700, 'https://www.gstatic.com/recaptcha/api.js', { referer: silent ? 'https://www.themix.org.uk/' : undefined }),
            entry(800, 'https://quiet.example.net/x.gif')] } });
}
