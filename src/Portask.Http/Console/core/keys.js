// Shortcuts of one key, off while somebody types.

import { choiceOf } from './choices.js';
import { go, href } from './router.js';
import { refresh } from './page.js';
import { toggleTheme } from './theme.js';
import { showHelp } from '../components/help.js';

const PLACES = { o: [], t: ['topics'], g: ['groups'], x: ['transactions'], l: ['timeline', 'topics'] };
let isGoing = false;
let timer;

export function listenToKeys() {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]') || choiceOf('keys') === 'off')
      return;
    // Held down, only what goes through rows is meant to go on.
    if (event.repeat && event.key !== 'j' && event.key !== 'k')
      return;
    if (press(event.key))
      event.preventDefault();
  });
}

function press(key) {
  if (isGoing && key in PLACES) {
    isGoing = false;
    go(href(PLACES[key]));
    return true;
  }
  isGoing = key === 'g';
  clearTimeout(timer);
  timer = setTimeout(() => { isGoing = false; }, 1500);
  switch (key) {
    case '?': showHelp(); return true;
    case 'r': refresh(); return true;
    case 'd': toggleTheme(); return true;
    case '/': return focusSearch();
    case 'j': return step(1);
    case 'k': return step(-1);
    default: return false;
  }
}

function focusSearch() {
  const search = document.querySelector('main input[type=search]');
  search?.focus();
  search?.select();
  return !!search;
}

const ROWS = 'main tbody tr, main .message, main .events li';

/** From row to row of a table or list, by the first thing in each that takes the focus. */
function step(by) {
  const rows = [...document.querySelectorAll(ROWS)].map(row => row.querySelector('a, button, summary')).filter(first => first);
  const at = rows.findIndex(first => first.closest(ROWS).contains(document.activeElement));
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
  return !!next;
}

function isTyping(element) {
  return element.isContentEditable || ['TEXTAREA', 'SELECT'].includes(element.nodeName)
    || (element.nodeName === 'INPUT' && !['checkbox', 'radio', 'button', 'range'].includes(element.type));
}
