// Tables: sorted by the server, with columns that a narrow screen goes without.

import { h } from '../core/dom.js';

/**
 * A table. A column has title and cell(row); kind is number or text; sort is the server's name of it; narrow: false leaves it
 * out on a phone. sorting is { by, order, set(by, order) }.
 */
export function table({ name, columns, rows, key, sorting, empty = 'None.' }) {
  return h('div', { class: 'scroll', role: 'region', 'aria-label': name, tabindex: '0', key: `table-${name}` },
    h('table', {},
      h('caption', { class: 'unseen' }, name),
      h('thead', {}, h('tr', {}, columns.map(column => head(column, sorting)))),
      h('tbody', {}, rows.length === 0
        ? h('tr', { key: '-' }, h('td', { class: 'quiet', colspan: String(columns.length) }, empty))
        : rows.map(row => h('tr', { key: String(key(row)) }, columns.map((column, i) =>
          h(i === 0 ? 'th' : 'td', { class: classOf(column), scope: i === 0 ? 'row' : undefined }, column.cell(row))))))));
}

function head(column, sorting) {
  const isSorted = sorting && column.sort && sorting.by === column.sort;
  return h('th', {
    scope: 'col', class: classOf(column),
    'aria-sort': isSorted ? (sorting.order === 'desc' ? 'descending' : 'ascending') : undefined,
  }, sorting && column.sort ? h('button', { type: 'button', class: 'sort', onclick: () => sorting.set(column.sort, turn(column, sorting, isSorted)) }, column.title) : column.title);
}

// Numbers are looked at from the largest on.
function turn(column, sorting, isSorted) {
  if (isSorted)
    return sorting.order === 'desc' ? 'asc' : 'desc';
  return column.kind === 'number' ? 'desc' : 'asc';
}

const classOf = column => [column.kind === 'number' && 'number', column.narrow === false && 'wide', column.class].filter(Boolean).join(' ') || undefined;
