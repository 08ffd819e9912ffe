// Builds elements. Text goes in as text only: nothing foreign is ever read as markup, an attribute's code or a style.
import { strings as S } from './strings.en.js';

const SAFE_ATTRIBUTES = /^(id|class|href|rel|type|name|for|value|role|lang|tabindex|scope|colspan|datetime|download|autocomplete|autocapitalize|spellcheck|inputmode|minlength|maxlength|required|checked|disabled|min|max|accept|multiple|hidden|open|title|alt|src|width|height|viewBox|x|y|x1|x2|y1|y2|rx|d|focusable|aria-[a-z]+|data-[a-z-]+)$/;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else if (SAFE_ATTRIBUTES.test(name)) {
      if (name === 'href' && !/^(https?:\/\/|\/|#)/.test(value)) continue;
      node.setAttribute(name, value === true ? '' : String(value));
    } else {
      throw new Error(`attribute ${name}`);
    }
  }
  for (const child of children.flat(3))
    if (child !== null && child !== undefined && child !== false)
      node.append(child.nodeType ? child : document.createTextNode(String(child)));
  return node;
}

export function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

// Puts children in the place of what is there; those that are not there (null, false) are left out.
export function render(node, ...children) {
  node.replaceChildren(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
}

// A foreign name: kept in its own direction, so that it cannot reorder what stands beside it.
export function foreign(text) {
  return el('bdi', {}, text);
}

export function table(caption, heads, rows, options = {}) {
  return el('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': S.tableOf(caption) },
    el('table', { class: options.class },
      el('caption', { class: options.quietCaption ? 'hidden' : null }, caption),
      el('thead', {}, el('tr', {}, heads.map((h) => el('th', { scope: 'col', class: h.number ? 'number' : null }, h.text || h)))),
      el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((cell, i) =>
        i === 0 ? el('th', { scope: 'row', 'data-head': heads[i].text || heads[i] }, cell) : el('td', { class: heads[i].number ? 'number' : null, 'data-head': heads[i].text || heads[i] }, cell)))))));
}
