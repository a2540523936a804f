// Small bars in cells: a share that is seen before it is read.

import { h } from '../core/dom.js';

/** A number with a bar as long as its share of the largest. */
export const bar = (text, value, most) => h('span', { class: 'bar-cell' },
  h('span', { class: 'track', 'aria-hidden': 'true' }, h('span', { class: 'fill', style: { width: `${most > 0 ? Math.max(0, Math.min(100, value / most * 100)).toFixed(1) : 0}%` } })),
  h('span', {}, text));

/** A word that stands for a state, coloured by what it means; the word itself tells it. */
export function state(word) {
  const kind = ['Stable', 'Ongoing', 'CompleteCommit', 'Up', 'ok'].includes(word) ? 'good'
    : ['Dead', 'Down', 'unavailable', 'unreachable', 'PrepareEpochFence', 'Removed'].includes(word) ? 'bad'
      : ['PreparingRebalance', 'CompletingRebalance', 'PrepareCommit', 'PrepareAbort', 'Leaving', 'Exiting', 'Joining', 'WeaklyUp'].includes(word) ? 'warn' : '';
  return h('span', { class: `state ${kind}` }, word);
}

/** A figure with what it counts. */
export const tile = (label, value, note) => h('div', { class: 'tile' }, h('dt', {}, label), h('dd', {}, value, note && h('small', {}, note)));
