// A topic: traffic, partitions, who reads it.

import { h } from '../core/dom.js';
import { get, path, post, query, remove } from '../core/api.js';
import { bytes, count, plural, rate } from '../core/format.js';
import { href } from '../core/router.js';
import { allowed } from '../core/restrictions.js';
import { bar, state, tile } from '../components/bar.js';
import { breakable } from '../components/breakable.js';
import { confirmByName, field, openForm } from '../components/dialog.js';
import { heading, tabs } from '../components/heading.js';
import { pager } from '../components/pager.js';
import { say } from '../components/say.js';
import { table } from '../components/table.js';
import { OF_TOPICS, unread } from '../components/unread.js';
import { charts } from './overview.js';

const LIMIT = 100;

/** The views of a topic. */
export const topicTabs = (name, current) => tabs(`Views of ${name}`, [
  ['topic', 'Partitions', href(['topics', name])],
  ['messages', 'Messages', href(['topics', name, 'messages'])],
  ['configs', 'Configs', href(['topics', name, 'configs'])],
  ['timeline', 'Timeline', href(['timeline', 'topics', name])],
], current);

export function topic(view, name) {
  const growth = new Growth();
  return {
    title: name,
    load: async signal => {
      const [detail, partitions, rates] = await Promise.all([
        get(path`topics/${name}`, signal),
        get(path`topics/${name}/partitions` + query({ offset: view.query.get('offset'), limit: LIMIT }), signal),
        get(path`topics/${name}/rates`, signal),
      ]);
      growth.see(partitions.partitions);
      return { detail, partitions, rates };
    },
    draw: ({ detail: { topic, consumers, unread: silent }, partitions, rates }) => [
      heading(name, { trail: [['Topics', href(['topics'])]], actions: allowed.change && actions(topic, view) }),
      topicTabs(name, 'topic'),
      unread(silent, OF_TOPICS),
      h('dl', { class: 'tiles', key: 'tiles' },
        tile('Partitions', count(topic.partitions), `replication factor ${topic.replicationFactor}`),
        tile('Records', count(topic.records)),
        tile('Size', bytes(topic.sizeBytes)),
        tile('In', rate(topic.perSecond.recordsIn), bytes(topic.perSecond.bytesIn) + '/s'),
        tile('Out', rate(topic.perSecond.recordsOut), bytes(topic.perSecond.bytesOut) + '/s'),
        tile('Cleanup', topic.cleanupPolicy)),
      charts(rates),
      h('section', { key: 'partitions' }, h('h2', {}, 'Partitions'), partitionTable(name, partitions, growth),
        partitions.total > LIMIT && pager({ ...partitions, what: 'partitions', set: offset => view.set({ offset }) })),
      h('section', { key: 'consumers' }, h('h2', {}, 'Groups that read it'), consumerTable(consumers)),
      h('p', { class: 'quiet', key: 'id' }, 'Topic id ', h('code', {}, topic.id)),
    ],
  };
}

/** How fast partitions grow, from one look to the next. */
class Growth {
  #before = new Map(); #rates = new Map(); #at;

  see(partitions) {
    const [now, before] = [performance.now(), this.#before];
    // Looks that follow each other at once would make a rate of nothing.
    if (this.#at !== undefined && now - this.#at < 1000)
      return;
    this.#before = new Map(partitions.map(one => [one.partition, one.endOffset]));
    this.#rates = new Map(partitions
      .filter(one => one.endOffset !== null && (before.get(one.partition) ?? null) !== null)
      .map(one => [one.partition, Math.max(0, one.endOffset - before.get(one.partition)) / ((now - this.#at) / 1000)]));
    this.#at = now;
  }

  of(partition) { return this.#rates.get(partition); }
}

function partitionTable(name, page, growth) {
  const most = Math.max(0, ...page.partitions.map(one => one.sizeBytes ?? 0));
  return table({
    name: 'Partitions',
    rows: page.partitions,
    key: one => one.partition,
    columns: [
      { title: 'Partition', cell: one => link(href(['topics', name, 'messages'], { partition: one.partition }), `Messages of partition ${one.partition}`, String(one.partition)) },
      { title: 'Leader', cell: one => one.error ? h('span', { class: 'state bad' }, one.error) : [`${one.leader}`, h('small', { class: 'quiet wide' }, ` epoch ${one.leaderEpoch}`)] },
      { title: 'Replicas', narrow: false, cell: one => one.replicas.map(id => replica(id, one.inSyncReplicas.includes(id))) },
      { title: 'Start', kind: 'number', narrow: false, cell: one => count(one.startOffset) },
      { title: 'End', kind: 'number', cell: one => count(one.endOffset) },
      { title: 'Stable', kind: 'number', narrow: false, cell: one => one.lastStableOffset === one.endOffset ? '' : count(one.lastStableOffset) },
      { title: 'Size', kind: 'number', cell: one => bar(bytes(one.sizeBytes), one.sizeBytes ?? 0, most) },
      { title: 'In', kind: 'number', narrow: false, cell: one => rate(growth.of(one.partition)) },
      { title: 'History', cell: one => link(href(['timeline', 'partitions', name, String(one.partition)]), `Timeline of partition ${one.partition}`, 'Timeline') },
    ],
  });
}

const link = (address, label, text) => h('a', { href: address, 'aria-label': label }, text);

const replica = (id, isInSync) => h('span', { class: isInSync ? 'broker' : 'broker gone', title: isInSync ? 'in sync' : 'not in sync' }, String(id), !isInSync && h('span', { class: 'unseen' }, ' not in sync'));

const consumerTable = consumers => table({
  name: 'Groups that read it',
  rows: consumers,
  key: one => one.group,
  empty: 'No group has offsets of this topic.',
  columns: [
    { title: 'Group', class: 'name', cell: one => h('a', { href: href(['groups', one.group]) }, breakable(one.group)) },
    { title: 'State', cell: one => state(one.state) },
    { title: 'Members', kind: 'number', cell: one => count(one.members) },
    { title: 'Lag', kind: 'number', cell: one => bar(count(one.lag), one.lag ?? 0, Math.max(...consumers.map(each => each.lag ?? 0))) },
  ],
});

const actions = (topic, view) => [
  h('button', { type: 'button', onclick: () => addPartitions(topic, view) }, 'Add partitions'),
  h('button', { type: 'button', class: 'danger', onclick: () => deleteTopic(topic) }, 'Delete topic'),
];

const addPartitions = (topic, view) => openForm(`Partitions of ${topic.name}`, {
  action: 'Add',
  fields: [
    h('p', {}, `It has ${plural(topic.partitions, 'partition')}. There can only be more, and keys then go to other partitions than before.`),
    field('Number of partitions', h('input', { name: 'count', type: 'number', min: String(topic.partitions + 1), value: String(topic.partitions + 1), required: true })),
  ],
  run: async ({ count: number }) => {
    await post(path`topics/${topic.name}/partitions`, { count: Number(number) });
    say(`${topic.name} has ${number} partitions`);
    view.reload();
  },
});

const deleteTopic = topic => confirmByName(`Delete topic ${topic.name}`, {
  name: topic.name,
  what: `All of its ${plural(topic.partitions, 'partition')} go with ${plural(topic.records, 'record')}, with the topic’s history and what groups committed for it. This cannot be undone.`,
  action: 'Delete topic',
  run: async () => {
    await remove(path`topics/${topic.name}`);
    say(`Topic ${topic.name} deleted`);
    return href(['topics']);
  },
});
