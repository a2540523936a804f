// All groups, found and sorted by the broker.

import { h, keep } from '../core/dom.js';
import { get, query } from '../core/api.js';
import { count } from '../core/format.js';
import { href } from '../core/router.js';
import { bar, state } from '../components/bar.js';
import { breakable } from '../components/breakable.js';
import { choice, field } from '../components/dialog.js';
import { heading } from '../components/heading.js';
import { pager } from '../components/pager.js';
import { search } from '../components/search.js';
import { table } from '../components/table.js';
import { unread } from '../components/unread.js';

const LIMIT = 50;
const STATES = [['', 'any'], ...['Stable', 'Empty', 'PreparingRebalance', 'CompletingRebalance'].map(name => [name, name])];

export function groups(view) {
  const find = search('Search groups', view.query.get('search') ?? '', text => view.set({ search: text, offset: null }));
  const inState = field('State', choice('state', STATES, view.query.get('state'), { onchange: event => view.set({ state: event.target.value, offset: null }) }));
  return {
    title: 'Groups',
    load: signal => get('groups' + query({
      search: view.query.get('search'), state: view.query.get('state'), sort: view.query.get('sort'), order: view.query.get('order'),
      offset: view.query.get('offset'), limit: LIMIT,
    }), signal),
    draw: page => [
      heading('Groups'),
      h('div', { class: 'controls', key: 'controls' }, keep('search', find), keep('state', inState)),
      unread(page.unread, 'groups that it coordinates are missing here'),
      table({
        name: 'Groups',
        rows: page.groups,
        key: group => group.id,
        empty: view.query.get('search') || view.query.get('state') ? 'No group is like that.' : 'There is no group yet; one comes with its first consumer.',
        sorting: { by: view.query.get('sort') ?? 'id', order: view.query.get('order') ?? 'asc', set: (sort, order) => view.set({ sort, order, offset: null }) },
        columns: [
          { title: 'Group', sort: 'id', class: 'name', cell: group => h('a', { href: href(['groups', group.id]) }, breakable(group.id)) },
          { title: 'State', sort: 'state', cell: group => state(group.state) },
          { title: 'Members', sort: 'members', kind: 'number', cell: group => count(group.members) },
          { title: 'Lag', sort: 'lag', kind: 'number', cell: group => bar(count(group.lag), group.lag ?? 0, Math.max(...page.groups.map(one => one.lag ?? 0))) },
          { title: 'Topics', narrow: false, class: 'breaks', cell: group => (group.topics.slice(0, 4).join(', ') || '–') + (group.topics.length > 4 ? ` and ${group.topics.length - 4} more` : '') },
          { title: 'Protocol', narrow: false, cell: group => group.protocol ?? '–' },
        ],
      }),
      pager({ ...page, what: 'groups', set: offset => view.set({ offset }) }),
    ],
  };
}
