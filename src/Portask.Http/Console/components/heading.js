// The top of a page: where it is, what it is, what can be done.

import { h } from '../core/dom.js';
import { breakable } from './breakable.js';

/** @param trail [text, address] pairs that lead here. */
export const heading = (title, { trail = [], actions = [], note } = {}) => h('div', { class: 'heading', key: 'heading' },
  h('div', {},
    trail.length > 0 && h('nav', { class: 'trail', 'aria-label': 'Where this is' }, trail.map(([text, address]) => [h('a', { href: address }, text), ' / '])),
    h('h1', { class: title.length > 80 && 'long' }, breakable(title)),
    note && h('p', { class: 'quiet' }, note)),
  h('div', { class: 'actions' }, actions));

/** Links between the views of one thing. */
export const tabs = (label, links, current) => h('nav', { class: 'tabs', 'aria-label': label, key: 'tabs' },
  links.map(([name, text, address]) => h('a', { href: address, 'aria-current': name === current ? 'page' : undefined }, text)));
