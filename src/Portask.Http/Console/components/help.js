// The keys, and whether those of one letter do anything: who speaks to a computer presses them unawares.

import { h } from '../core/dom.js';
import { choiceOf, choose } from '../core/choices.js';
import { openDialog } from './dialog.js';

const KEYS = [
  ['?', 'this list'], ['g o', 'overview'], ['g t', 'topics'], ['g g', 'groups'], ['g x', 'transactions'], ['g l', 'timeline of the topics'],
  ['/', 'search'], ['j  k', 'next and previous row'], ['r', 'load again'], ['d', 'light or dark'],
  ['← →', 'on a slider: one event back or on'], ['PgUp  PgDn', 'on a slider: a tenth of it'],
  ['← →  Home  End', 'on a chart: what was measured then'], ['Esc', 'close a dialog'],
];

export const showHelp = () => openDialog('Keys', () => [
  h('dl', { class: 'keys' }, KEYS.map(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])),
  h('label', { class: 'check' }, h('input', {
    type: 'checkbox', checked: choiceOf('keys') !== 'off', onchange: event => choose('keys', event.target.checked ? 'on' : 'off'),
  }), 'Keys of one letter are on'),
]);
