// A search field that asks once nobody has typed for a moment.

import { h } from '../core/dom.js';

const PAUSE_MS = 250;

export function search(label, value, set) {
  let timer;
  const input = h('input', {
    type: 'search', placeholder: label, 'aria-label': label, value, spellcheck: 'false', autocomplete: 'off',
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => set(input.value.trim()), PAUSE_MS);
    },
  });
  return input;
}
