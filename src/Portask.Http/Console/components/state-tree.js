// A state as names and values; what is alike is a table.

import { h } from '../core/dom.js';
import { localTimes } from '../core/format.js';
import { table } from './table.js';

export const stateTree = state => state === null
  ? h('p', { class: 'quiet' }, 'It is not there at this point.')
  : h('div', { class: 'tree' }, members(state, 0));

/** @param depth Names of what a state has take turns with names of members, topics and the like, which are left as they are. */
function members(object, depth) {
  const [nested, plain] = [[], []];
  for (const entry of Object.entries(object))
    (isNested(entry[1]) && Object.keys(entry[1]).length > 0 ? nested : plain).push(entry);
  return [
    plain.length > 0 && h('dl', { class: 'facts' }, plain.map(([name, value]) => [
      h('dt', { key: `t ${name}` }, named(name, depth)), h('dd', { key: `d ${name}` }, text(value))])),
    nested.map(([name, value]) => h('div', { class: 'nested', key: `n ${name}` }, part(name, value, depth))),
  ];
}

function part(name, value, depth) {
  // Of very many the broker gives the first ones and says how many more there are.
  const { '…': more, ...given } = value;
  const entries = Object.entries(given);
  const rest = more && ` and ${more}`;
  return h('details', { open: entries.length <= 30 },
    h('summary', {}, named(name, depth), ' ', h('small', { class: 'quiet' }, String(entries.length), rest)),
    isTable(entries) ? rows(named(name, depth), entries) : members(given, depth + 1),
    rest && h('p', { class: 'quiet' }, `…${rest}`));
}

/** Several things with the same few values each. */
const isTable = entries => entries.every(([, value]) => isNested(value) && Object.keys(value).length <= 5 && Object.values(value).every(isShort));

const isShort = value => !isNested(value) || (Object.keys(value).length <= 6 && Object.values(value).every(inner => !isNested(inner)));

function rows(name, entries) {
  const columns = [...new Set(entries.flatMap(([, value]) => Object.keys(value)))];
  return table({
    name,
    rows: entries,
    key: ([key]) => key,
    columns: [{ title: '', class: 'name', cell: ([key]) => h('span', {}, key) }, ...columns.map(column => ({ title: words(column), class: 'breaks', cell: ([, value]) => text(value[column]) }))],
  });
}

const isNested = value => typeof value === 'object' && value !== null;

function text(value) {
  if (value === null || value === undefined || value === '')
    return '–';
  return localTimes(isNested(value) ? Object.entries(value).map(([name, inner]) => `${name}=${inner}`).join(', ') || 'none' : String(value));
}

/** The path to a value, as it stands in the tree. */
export const pathWords = path => path.split(' › ').map(named).join(' › ');

const named = (name, depth) => depth % 2 === 0 ? words(name) : name;

// highWatermark reads better as two words.
const words = name => /^[a-z]+([A-Z][a-z]+)+$/.test(name) ? name.replace(/[A-Z]/g, letter => ' ' + letter.toLowerCase()) : name;
