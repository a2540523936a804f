// The console: a bar, a banner, and the page that the address names.

import { h, render } from './core/dom.js';
import { ofTimes } from './core/clock.js';
import { connection } from './core/connection.js';
import { current, href } from './core/router.js';
import { show, refresh } from './core/page.js';
import { listenToKeys } from './core/keys.js';
import { allowed, readRestrictions } from './core/restrictions.js';
import { isDark, listenToTheme, toggleTheme } from './core/theme.js';
import { showHelp } from './components/help.js';
import { overview } from './pages/overview.js';
import { topics } from './pages/topics.js';
import { topic } from './pages/topic.js';
import { messages } from './pages/messages.js';
import { configs } from './pages/configs.js';
import { groups } from './pages/groups.js';
import { group } from './pages/group.js';
import { transactions } from './pages/transactions.js';
import { transaction } from './pages/transaction.js';
import { timeline } from './pages/timeline.js';
import { missing } from './pages/missing.js';

const main = document.getElementById('main');
const LINKS = [['', 'Overview'], ['topics', 'Topics'], ['groups', 'Groups'], ['transactions', 'Transactions'], ['timeline', 'Timeline']];

const AGAIN_MS = 5_000;
const TIMELINES = { topics: [0, 1], partitions: [2], groups: [1], transactions: [1] };

function pageOf({ parts: [first, name, part, ...more] }) {
  if (first === 'timeline')
    return Object.hasOwn(TIMELINES, name ?? 'topics') && TIMELINES[name ?? 'topics'].includes([part, ...more].filter(one => one !== undefined).length) ? timeline : missing;
  if (more.length > 0)
    return missing;
  switch (first) {
    case undefined: return overview;
    case 'topics': return name === undefined ? topics : part === 'messages' ? messages : part === 'configs' ? configs : part === undefined ? topic : missing;
    case 'groups': return name === undefined ? groups : part === undefined ? group : missing;
    case 'transactions': return name === undefined ? transactions : part === undefined ? transaction : missing;
    default: return missing;
  }
}

function open() {
  const route = current();
  drawBar(route.parts[0] ?? '');
  show(main, pageOf(route), route);
}

function drawBar(place) {
  render(document.getElementById('bar'),
    h('a', { class: 'brand', href: href([]) }, 'Portask', h('span', {}, allowed.nodeId === null ? '' : `node ${allowed.nodeId}`)),
    h('nav', { 'aria-label': 'Pages' }, LINKS.map(([name, text]) => h('a', {
      href: href(name === '' ? [] : name === 'timeline' ? ['timeline', 'topics'] : [name]), 'aria-current': name === place ? 'page' : undefined,
    }, text))),
    h('div', { class: 'tools' },
      !allowed.change && allowed.nodeId !== null && h('span', { class: 'chip' }, 'read-only'),
      h('button', { type: 'button', class: 'plain', title: 'Light or dark (d)', onclick: toggleTheme }, isDark() ? 'Light' : 'Dark'),
      h('button', { type: 'button', class: 'plain', title: 'Keys (?)', 'aria-label': 'Keys', onclick: showHelp }, '?')));
}

function drawFoot() {
  render(document.getElementById('foot'), ofTimes());
}

function drawBanner(isUp) {
  document.body.classList.toggle('away', !isUp);
  render(document.getElementById('banner'), !isUp && h('p', { class: 'banner' }, 'The broker does not answer. It is asked again every 2 seconds; what stands here is from before.'));
}

async function settle() {
  try {
    await readRestrictions();
    drawBar(current().parts[0] ?? '');
    refresh();
  } catch {
    // Where the broker is away this is asked again when it is back.
    if (connection.isUp)
      setTimeout(settle, AGAIN_MS);
  }
}

connection.listen(isUp => {
  drawBanner(isUp);
  if (isUp)
    settle();
});
document.getElementById('skip').addEventListener('click', () => main.focus());
addEventListener('hashchange', () => {
  // It is about what stood here before.
  document.querySelector('dialog[open]')?.close();
  open();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
});
listenToKeys();
document.addEventListener('clock', drawFoot);
drawFoot();
listenToTheme(() => drawBar(current().parts[0] ?? ''));
open();
settle();
