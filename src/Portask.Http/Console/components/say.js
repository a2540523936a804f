// Short notes of what was done, read out and gone after a while.

import { h } from '../core/dom.js';

const STAYS_MS = 6_000;

export function say(text) {
  const note = h('p', { class: 'toast' }, text);
  document.getElementById('said').append(note);
  setTimeout(() => note.remove(), STAYS_MS);
}
