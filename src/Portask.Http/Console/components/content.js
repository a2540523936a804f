// Keys and values of records: as text, as JSON, or byte by byte.

import { h } from '../core/dom.js';
import { bytes } from '../core/format.js';

export const FORMATS = [['auto', 'As it is'], ['text', 'Text'], ['json', 'JSON'], ['hex', 'Hex']];

/** One line of a content. */
export function line(content) {
  if (content === null || content === undefined)
    return h('span', { class: 'quiet' }, 'null');
  if (content.format === 'hidden')
    return h('span', { class: 'quiet' }, `hidden, ${bytes(content.size)}`);
  if (isBinary(content))
    // So many letters are the first 24 bytes: of all messages of a tail, all bytes would be much to go over with each that comes.
    return h('code', { class: 'one-line' }, bytesOf(content.base64.slice(0, 32)).map(hex).join(' '));
  if (content.text === '')
    return h('span', { class: 'quiet' }, 'empty');
  return h('code', { class: 'one-line' }, content.text.slice(0, 300).replace(/[\r\n\t]+/g, ' '));
}

/** All of a content. */
export function block(content, format) {
  if (content === null || content === undefined)
    return h('p', { class: 'quiet' }, 'null');
  if (content.format === 'hidden')
    return h('p', { class: 'quiet' }, `${bytes(content.size)}; contents are hidden by portask.http.hide-messages`);
  if (content.size === 0)
    return h('p', { class: 'quiet' }, 'empty');
  return [h('pre', { tabindex: '0' }, textOf(content, format)), content.isCut && h('p', { class: 'quiet' }, `The first ${bytes(atob(content.base64).length)} of ${bytes(content.size)}.`)];
}

function textOf(content, format) {
  if (format === 'hex' || content.text === null || (format === 'auto' && isBinary(content)))
    return dump(bytesOf(content.base64));
  if ((format === 'json' || (format === 'auto' && content.format === 'json')) && isJson(content.text))
    return pretty(content.text);
  return content.text;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// What is nested deeper would be indented beyond what memory holds.
const DEEPEST = 50;

// Goes over the text itself: parsed and written again, numbers beyond 2^53 would come out as others.
function pretty(text) {
  let out = '';
  let depth = 0;
  let before = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g)) {
    const isOpened = before === '{' || before === '[';
    const isClosing = token === '}' || token === ']';
    if (isClosing)
      depth--;
    if (isOpened ? !isClosing : isClosing || before === ',')
      out += '\n' + '  '.repeat(Math.min(depth, DEEPEST));
    out += token === ':' ? ': ' : token;
    if (token === '{' || token === '[')
      depth++;
    before = token;
  }
  return out;
}

// A number of four bytes is UTF-8 too, and would be shown as nothing.
const isBinary = content => content.text === null || content.text.includes('\0');

const bytesOf = base64 => [...atob(base64)].map(letter => letter.charCodeAt(0));
const hex = byte => byte.toString(16).padStart(2, '0');

function dump(all) {
  const lines = [];
  for (let at = 0; at < all.length; at += 16) {
    const row = all.slice(at, at + 16);
    const text = row.map(byte => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·').join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${row.map(hex).join(' ').padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
