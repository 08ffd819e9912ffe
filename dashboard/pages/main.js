// The signed-in pages: who is signed in, the menu, and the module of the page that was asked for.
import { strings as S } from './strings.en.js';
import { el } from './dom.js';
import { session, post, ahead } from './api.js';

const PAGES = {
  '/today': { name: 'today', module: './today.js', roles: ['lead'], ahead: ['/api/v1/today', '/api/v1/brief', '/api/v1/alerts'] },
  '/sites': { name: 'sites', module: './sites.js', roles: ['lead'] },
  '/site': { name: 'site', module: './site.js', roles: ['lead'], under: '/sites' },
  '/companies': { name: 'companies', module: './companies.js', roles: ['lead'] },
  '/company': { name: 'company', module: './company.js', roles: ['lead'], under: '/companies' },
  '/exports': { name: 'exports', module: './exports.js', roles: ['lead'] },
  '/devices': { name: 'devices', module: './devices.js', roles: ['lead'] },
  '/health': { name: 'health', module: './health.js', roles: ['lead', 'technician'] },
  '/record': { name: 'record', module: './record.js', roles: ['lead'] },
  '/settings': { name: 'settings', module: './settings.js', roles: ['lead'] },
  '/people': { name: 'people', module: './people.js', roles: ['lead'] },
};

const main = document.getElementById('main');

function showDemo(demo) {
  const bar = document.getElementById('demo');
  bar.hidden = !demo;
  if (demo) bar.replaceChildren(el('p', {}, S.demo));
}

async function signOut() {
  try { await post('/api/v1/sign-out', {}); } catch { /* signed out already */ }
  location.assign('/sign-in');
}

function showMenu(who) {
  const links = Object.entries(PAGES).filter(([, p]) => !p.under && p.roles.includes(who.role)).map(([path, p]) =>
    el('li', {}, el('a', { href: path, 'aria-current': path === location.pathname ? 'page' : path === PAGES[location.pathname].under ? 'true' : null }, S.menu[p.name])));
  document.getElementById('top').replaceChildren(
    el('a', { class: 'brand', href: '/' }, el('img', { src: '/assets/icon.svg', alt: '', width: 28, height: 28 }), S.product),
    el('nav', { 'aria-label': S.menu.label }, el('ul', {}, links)),
    el('div', { class: 'who' }, el('span', {}, S.menu.signedInAs(who.name, S.roles[who.role])), el('button', { type: 'button', class: 'quiet', onclick: signOut }, S.menu.signOut)));
  document.getElementById('foot').replaceChildren(
    el('p', {}, S.foot.bounds), el('p', {}, el('a', { href: '/what-we-see' }, S.menu.see), ' · ', S.foot.version(who.version)));
}

function showError(error) {
  if (error.status === 401) {
    location.assign('/sign-in');
    return;
  }
  main.replaceChildren(el('div', { class: 'notice bad', role: 'alert' }, el('h1', {}, error.message || S.errors.unknown),
    el('p', {}, el('button', { type: 'button', onclick: () => location.reload() }, S.retry))));
}

function showForbidden() {
  document.title = S.title(S.forbidden.title);
  main.replaceChildren(el('h1', {}, S.forbidden.title), el('p', {}, S.forbidden.lead), el('p', {}, el('a', { href: '/health' }, S.forbidden.go)));
}

async function start() {
  main.replaceChildren(el('p', { class: 'loading', role: 'status' }, S.loading));
  const page = PAGES[location.pathname];
  document.title = S.title(S.menu[page.name] || S[page.name].title);
  try {
    // Nobody has to wait for one answer before the next is asked for. They are the page's own background: opening it is what somebody did.
    if (page.ahead && !location.search) page.ahead.forEach((path) => ahead(path, { background: true }));
    const [who, module] = await Promise.all([session(), import(page.module)]);
    if (!who.signed_in) {
      location.assign('/sign-in');
      return;
    }
    showDemo(who.demo);
    showMenu(who);
    if (page.roles.includes(who.role))
      await module.show(main, { showDemo, showError, who });
    else
      showForbidden();
  } catch (error) {
    showError(error);
  }
  document.body.dataset.ready = performance.now().toFixed(0); // ms until the page was complete, for tests
}

// Paper has nothing to press: what is folded away is printed, and folded again.
let folded = [];
addEventListener('beforeprint', () => { folded = [...document.querySelectorAll('main details:not([open])')]; folded.forEach((d) => { d.open = true; }); });
addEventListener('afterprint', () => { folded.forEach((d) => { d.open = false; }); folded = []; });

start();
