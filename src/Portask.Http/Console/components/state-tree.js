// A state as nested lists of names and values.

import { h } from '../core/dom.js';

export const stateTree = state => state === null
  ? h('p', { class: 'quiet' }, 'It is not there at this point.')
  : h('div', { class: 'tree' }, members(state));

function members(object) {
  const plain = Object.entries(object).filter(([, value]) => !isNested(value));
  return [
    plain.length > 0 && h('dl', { class: 'facts' }, plain.map(([name, value]) => [
      h('dt', { key: `t ${name}` }, words(name)), h('dd', { key: `d ${name}` }, value === null || value === '' ? '–' : String(value))])),
    Object.entries(object).filter(([, value]) => isNested(value)).map(([name, value]) => h('div', { class: 'nested', key: `n ${name}` }, nested(name, value))),
  ];
}

const isNested = value => typeof value === 'object' && value !== null;

function nested(name, value) {
  const entries = Array.isArray(value) ? value.map((each, i) => [String(i), each]) : Object.entries(value);
  return h('details', { open: entries.length <= 20 },
    h('summary', {}, words(name), ' ', h('small', { class: 'quiet' }, entries.length === 0 ? 'none' : String(entries.length))),
    entries.length > 0 && members(Object.fromEntries(entries)));
}

// highWatermark reads better as two words; names of members and topics are left as they are.
const words = name => /^[a-z]+([A-Z][a-z]+)+$/.test(name) ? name.replace(/[A-Z]/g, letter => ' ' + letter.toLowerCase()) : name;
