// All topics, found and sorted by the broker: the list may have many thousands.

import { h, keep } from '../core/dom.js';
import { get, post, query } from '../core/api.js';
import { bytes, count, rate } from '../core/format.js';
import { href } from '../core/router.js';
import { allowed } from '../core/restrictions.js';
import { bar } from '../components/bar.js';
import { breakable } from '../components/breakable.js';
import { field, openForm } from '../components/dialog.js';
import { heading } from '../components/heading.js';
import { pager } from '../components/pager.js';
import { say } from '../components/say.js';
import { search } from '../components/search.js';
import { table } from '../components/table.js';
import { OF_TOPICS, unread } from '../components/unread.js';

const LIMIT = 50;

export function topics(view) {
  const find = search('Search topics', view.query.get('search') ?? '', text => view.set({ search: text, offset: null }));
  return {
    title: 'Topics',
    load: signal => get('topics' + query({
      search: view.query.get('search'), sort: view.query.get('sort'), order: view.query.get('order'), offset: view.query.get('offset'), limit: LIMIT,
    }), signal),
    draw: page => [
      heading('Topics', {
        actions: [allowed.change && h('button', { type: 'button', class: 'main', onclick: create }, 'New topic')],
      }),
      h('div', { class: 'controls', key: 'controls' }, keep('search', find)),
      unread(page.unread, OF_TOPICS),
      list(page, view.query.get('search'), { by: view.query.get('sort') ?? 'name', order: view.query.get('order') ?? 'asc', set: (sort, order) => view.set({ sort, order, offset: null }) }),
      pager({ ...page, what: 'topics', set: offset => view.set({ offset }) }),
    ],
  };
}

function list(page, searched, sorting) {
  const most = by => Math.max(...page.topics.map(by), 0);
  const [size, into, out] = [most(topic => topic.sizeBytes), most(topic => topic.perSecond.recordsIn), most(topic => topic.perSecond.recordsOut)];
  return table({
    name: 'Topics',
    rows: page.topics,
    key: topic => topic.id,
    sorting,
    empty: searched ? 'No topic has such a name.' : 'There is no topic yet.',
    columns: [
      { title: 'Topic', sort: 'name', class: 'name', cell: topic => h('a', { href: href(['topics', topic.name]) }, breakable(topic.name)) },
      {
        title: 'Partitions',
        sort: 'partitions',
        kind: 'number',
        narrow: false,
        cell: topic => [count(topic.partitions), topic.notRunning > 0 && h('small', { class: 'quiet' }, ` ${count(topic.notRunning)} not known`)],
      },
      { title: 'Records', sort: 'records', kind: 'number', cell: topic => count(topic.records) },
      { title: 'Size', sort: 'size', kind: 'number', cell: topic => bar(bytes(topic.sizeBytes), topic.sizeBytes, size) },
      { title: 'In', sort: 'in', kind: 'number', narrow: false, cell: topic => bar(rate(topic.perSecond.recordsIn), topic.perSecond.recordsIn, into) },
      { title: 'Out', sort: 'out', kind: 'number', narrow: false, cell: topic => bar(rate(topic.perSecond.recordsOut), topic.perSecond.recordsOut, out) },
      { title: 'Cleanup', narrow: false, cell: topic => topic.cleanupPolicy },
    ],
  });
}

const create = () => openForm('New topic', {
  action: 'Create',
  fields: [
    field('Name', h('input', { name: 'name', required: true, maxlength: '249', autocomplete: 'off', spellcheck: 'false' })),
    field('Partitions', h('input', { name: 'partitions', type: 'number', min: '1' }), 'The broker’s default if empty.'),
    field('Replication factor', h('input', { name: 'replicationFactor', type: 'number', min: '1' }), 'The broker’s default if empty.'),
  ],
  run: async ({ name, partitions, replicationFactor }) => {
    const made = await post('topics', { name, partitions: partitions ? Number(partitions) : null, replicationFactor: replicationFactor ? Number(replicationFactor) : null });
    say(`Topic ${made.name} created`);
    return href(['topics', made.name]);
  },
});
