// Transactional ids.

import { h, keep } from '../core/dom.js';
import { get, query } from '../core/api.js';
import { href } from '../core/router.js';
import { state } from '../components/bar.js';
import { breakable } from '../components/breakable.js';
import { choice, field } from '../components/dialog.js';
import { heading } from '../components/heading.js';
import { pager } from '../components/pager.js';
import { search } from '../components/search.js';
import { table } from '../components/table.js';
import { unread } from '../components/unread.js';

const LIMIT = 50;
const STATES = [['', 'any'], ...['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'].map(name => [name, name])];

export function transactions(view) {
  const find = search('Search transactional ids', view.query.get('search') ?? '', text => view.set({ search: text, offset: null }));
  const inState = field('State', choice('state', STATES, view.query.get('state'), { onchange: event => view.set({ state: event.target.value, offset: null }) }));
  return {
    title: 'Transactions',
    load: signal => get('transactions' + query({ search: view.query.get('search'), state: view.query.get('state'), offset: view.query.get('offset'), limit: LIMIT }), signal),
    draw: page => [
      heading('Transactions'),
      h('div', { class: 'controls', key: 'controls' }, keep('search', find), keep('state', inState)),
      unread(page.unread, 'what it coordinates is missing here'),
      table({
        name: 'Transactional ids',
        rows: page.transactions,
        key: one => one.id,
        empty: view.query.get('search') || view.query.get('state') ? 'No transactional id is like that.' : 'There is no transactional id yet.',
        columns: [
          { title: 'Transactional id', class: 'name', cell: one => h('a', { href: href(['transactions', one.id]) }, breakable(one.id)) },
          { title: 'State', cell: one => state(one.state) },
          { title: 'Producer id', kind: 'number', narrow: false, cell: one => String(one.producerId) },
          { title: 'History', cell: one => h('a', { href: href(['timeline', 'transactions', one.id]), 'aria-label': `Timeline of ${one.id}` }, 'Timeline') },
        ],
      }),
      pager({ ...page, what: 'transactional ids', set: offset => view.set({ offset }) }),
    ],
  };
}
