// Asking the dashboard's own API. Everything else is forbidden by the page's Content-Security-Policy anyway.
import { strings as S } from './strings.en.js';

let token = null;

export class ApiError extends Error {
  constructor(status, code, message, wait, detail) {
    super(message);
    this.detail = detail; // what the server found in somebody's file
    this.status = status;
    this.code = code;
    this.wait = wait;
  }
}

async function read(answer) {
  const text = await answer.text();
  let body = null;
  try { body = JSON.parse(text); } catch { /* said below */ }
  if (answer.ok && body) return body;
  const error = (body && body.error) || {};
  throw new ApiError(answer.status, error.code || 'unknown', S.errors[error.code] || S.errors.unknown, error.wait_s,
    error.code?.startsWith('recording') ? error.message : null);
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch {
    throw new ApiError(0, 'network', S.errors.network);
  }
  return read(answer);
}

// What a page is going to ask for, begun before its module is there. Each is used once.
const begun = new Map();
export function ahead(path, options) {
  const answer = get(path, options);
  answer.catch(() => {}); // whoever asks for it hears of it
  begun.set(path, answer);
}

export function get(path, { background = false } = {}) {
  const early = begun.get(path);
  begun.delete(path);
  if (early) return early;
  return ask(path, background ? { headers: { 'X-Telltale-Background': '1' } } : {});
}

export async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers['X-Telltale-Token'] = token;
  return ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

// Sends a file's bytes.
export function upload(path, bytes) {
  return ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Telltale-Token': token }, body: bytes });
}

// Asks for a file, and lets the browser save it. Returns its name.
export async function download(path, body) {
  const headers = { 'Content-Type': 'application/json', 'X-Telltale-Token': token };
  let answer;
  try {
    answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'same-origin', cache: 'no-store' });
  } catch {
    throw new ApiError(0, 'network', S.errors.network);
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') || '');
  if (!answer.ok || !name) await read(answer); // says what is wrong
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name[1];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return name[1];
}

export async function session() {
  const s = await get('/api/v1/session');
  token = s.token;
  return s;
}
