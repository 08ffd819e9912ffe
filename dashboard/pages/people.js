// People: the accounts that may sign in.
import { strings as S } from './strings.en.js';
import { el, table, render } from './dom.js';
import { get, post } from './api.js';

export async function show(main) {
  const said = el('p', { class: 'notice', role: 'status', hidden: true });
  const say = (text, bad) => { said.textContent = text; said.hidden = !text; said.className = bad ? 'notice bad' : 'notice'; };
  const place = el('div');

  async function change(path, body, done) {
    try {
      const d = await post(path, body);
      draw(d);
      say(done);
      return true;
    } catch (error) {
      if (error.status === 401) location.assign('/sign-in');
      say(error.message, true);
      return false;
    }
  }
  function removal(name) {
    const cell = el('span');
    const ask = el('button', { type: 'button', class: 'quiet', 'aria-label': S.people.removeWhose(name), onclick: () => {
      const yes = el('button', { type: 'button', onclick: () => change('/api/v1/accounts/remove', { name }, S.people.removed(name)) }, S.people.yes);
      cell.replaceChildren(el('span', {}, S.people.sure(name)), ' ', yes, ' ', el('button', { type: 'button', class: 'quiet', onclick: () => { cell.replaceChildren(ask); ask.focus(); } }, S.people.no));
      yes.focus();
    } }, S.people.remove);
    cell.append(ask);
    return cell;
  }
  function draw(d) {
    place.replaceChildren(table(S.people.table, [S.people.name, S.people.role, S.people.remove], d.accounts.map((a) => [a.name, S.roles[a.role], removal(a.name)]), { quietCaption: true }));
  }

  const role = el('select', { id: 'role', name: 'role' }, el('option', { value: 'technician' }, S.roles.technician), el('option', { value: 'lead' }, S.roles.lead));
  const form = el('form', { class: 'card', onsubmit: async (event) => {
    event.preventDefault();
    const data = new FormData(form), name = data.get('name').trim().toLowerCase();
    if (await change('/api/v1/accounts', { name, role: data.get('role'), password: data.get('password') }, S.people.added(name))) form.reset();
  } }, el('h2', {}, S.people.add),
  el('p', { class: 'field' }, el('label', { for: 'name' }, S.people.name), el('span', { class: 'hint', id: 'name-hint' }, S.signIn.newNameHint),
    el('input', { id: 'name', name: 'name', required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 32, 'aria-describedby': 'name-hint' })),
  el('p', { class: 'field' }, el('label', { for: 'role' }, S.people.role), role),
  el('p', { class: 'field' }, el('label', { for: 'password' }, S.people.password), el('span', { class: 'hint', id: 'password-hint' }, S.people.passwordHint),
    el('input', { id: 'password', name: 'password', type: 'password', required: true, autocomplete: 'new-password', minlength: 12, maxlength: 128, 'aria-describedby': 'password-hint' })),
  el('p', {}, el('button', { type: 'submit' }, S.people.go)));
  draw(await get('/api/v1/accounts'));
  render(main, el('h1', {}, S.people.headline), el('p', { class: 'lead' }, S.people.lead), said, place, form);
}
