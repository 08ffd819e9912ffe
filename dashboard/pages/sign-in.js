// Signing in, and the first run with its one-time code.
import { strings as S } from './strings.en.js';
import { el } from './dom.js';
import { session, post } from './api.js';

const main = document.getElementById('main');
const message = el('p', { class: 'notice bad', role: 'alert', hidden: true });

function say(text) {
  message.textContent = text;
  message.hidden = !text;
}

function explain(error) {
  if (error.code === 'wait') say(S.signIn.wait(Math.max(1, Math.ceil(error.wait / 60))));
  else say(error.message);
}

function field(id, label, hint, attributes) {
  return el('p', { class: 'field' }, el('label', { for: id }, label), hint && el('span', { class: 'hint', id: `${id}-hint` }, hint),
    el('input', { id, name: id, required: true, 'aria-describedby': hint ? `${id}-hint` : null, ...attributes }));
}

function passwordField(id, label, hint, autocomplete) {
  const show = el('input', { type: 'checkbox', id: `${id}-show`, onchange: (e) => { document.getElementById(id).type = e.target.checked ? 'text' : 'password'; } });
  return [field(id, label, hint, { type: 'password', autocomplete, maxlength: 128 }),
    el('p', { class: 'check' }, show, el('label', { for: `${id}-show` }, S.signIn.show))];
}

function form(button, fields, send) {
  const go = el('button', { type: 'submit' }, button);
  return el('form', { onsubmit: async (event) => {
    event.preventDefault();
    say('');
    go.disabled = true;
    try {
      await send(new FormData(event.target));
      location.assign('/');
    } catch (error) {
      explain(error);
      go.disabled = false;
    }
  } }, fields, message, el('p', {}, go));
}

const nameInput = { type: 'text', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 32 };

function signInForm() {
  return [el('h1', {}, S.signIn.title), el('p', {}, S.signIn.lead),
    form(S.signIn.go, [field('name', S.signIn.name, null, nameInput), passwordField('password', S.signIn.password, null, 'current-password')],
      (data) => post('/api/v1/sign-in', { name: data.get('name').trim().toLowerCase(), password: data.get('password') }))];
}

function firstForm() {
  document.title = S.title(S.signIn.title2);
  return [el('h1', {}, S.signIn.first), el('p', {}, S.signIn.firstLead),
    form(S.signIn.make, [field('code', S.signIn.code, null, { type: 'text', autocomplete: 'one-time-code', autocapitalize: 'characters', spellcheck: 'false', maxlength: 20 }),
      field('name', S.signIn.newName, S.signIn.newNameHint, nameInput),
      passwordField('password', S.signIn.newPassword, S.signIn.newPasswordHint, 'new-password')],
    (data) => post('/api/v1/setup', { code: data.get('code'), name: data.get('name').trim().toLowerCase(), password: data.get('password') }))];
}

try {
  const who = await session();
  const bar = document.getElementById('demo');
  bar.hidden = !who.demo;
  if (who.demo) bar.replaceChildren(el('p', {}, S.demo));
  main.replaceChildren(el('p', { class: 'brand' }, el('img', { src: '/assets/icon.svg', alt: '', width: 40, height: 40 }), S.product),
    el('div', { class: 'card' }, who.first_run ? firstForm() : signInForm()),
    el('p', {}, el('a', { href: '/what-we-see' }, S.signIn.see)));
} catch (error) {
  main.replaceChildren(el('h1', {}, error.message));
}
document.body.dataset.ready = 'yes';
