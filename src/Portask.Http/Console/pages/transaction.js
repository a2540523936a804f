// A transactional id and its open transaction.

import { h } from '../core/dom.js';
import { get, path } from '../core/api.js';
import { now } from '../core/clock.js';
import { span, time } from '../core/format.js';
import { href } from '../core/router.js';
import { state, tile } from '../components/bar.js';
import { breakable } from '../components/breakable.js';
import { heading, tabs } from '../components/heading.js';
import { table } from '../components/table.js';

/** The views of a transactional id. */
export const transactionTabs = (id, current) => tabs(`Views of ${id}`, [
  ['transaction', 'Transaction', href(['transactions', id])],
  ['timeline', 'Timeline', href(['timeline', 'transactions', id])],
], current);

export function transaction(view, id) {
  return {
    title: id,
    load: signal => get(path`transactions/${id}`, signal),
    draw: detail => [
      heading(id, { trail: [['Transactions', href(['transactions'])]] }),
      transactionTabs(id, 'transaction'),
      h('dl', { class: 'tiles', key: 'tiles' },
        tile('State', state(detail.state)),
        tile('Producer', String(detail.producerId), `epoch ${detail.producerEpoch}`),
        detail.startedAtMs === null
          ? tile('Open for', '–', 'no open transaction')
          : tile('Open for', span(now() - detail.startedAtMs), `since ${time(detail.startedAtMs)}`),
        tile('Timeout', span(detail.timeoutMs))),
      h('section', { key: 'partitions' }, h('h2', {}, 'Partitions of the open transaction'), table({
        name: 'Partitions',
        rows: detail.partitions,
        key: one => one.topic,
        empty: 'None.',
        columns: [
          { title: 'Topic', class: 'name', cell: one => h('a', { href: href(['topics', one.topic]) }, breakable(one.topic)) },
          { title: 'Partitions', class: 'breaks', cell: one => one.partitions.join(', ') },
        ],
      })),
    ],
  };
}
