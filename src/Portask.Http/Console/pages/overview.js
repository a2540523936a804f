// The cluster: its brokers, what this node hosts, and what goes in and out.

import { h } from '../core/dom.js';
import { get } from '../core/api.js';
import { now } from '../core/clock.js';
import { byteRate, bytes, count, plural, rate, span, time } from '../core/format.js';
import { href } from '../core/router.js';
import { heading } from '../components/heading.js';
import { state, tile } from '../components/bar.js';
import { chart } from '../components/chart.js';
import { table } from '../components/table.js';
import { unread } from '../components/unread.js';

export function overview() {
  return {
    title: 'Overview',
    load: async signal => {
      const [cluster, rates] = await Promise.all([get('cluster', signal), get('rates?minutes=60', signal)]);
      return { cluster, rates };
    },
    draw: ({ cluster, rates }) => [
      heading('Overview', {
        note: `Cluster ${cluster.clusterId}, seen by node ${cluster.nodeId}; records in ${cluster.recordsJournal === 'sql' ? 'SQL' : 'segment files'}, `
          + `control events in ${cluster.controlDatabase}`,
      }),
      health(cluster.health),
      unread(cluster.unread, 'its traffic is missing here'),
      tiles(cluster),
      charts(rates),
      h('section', { key: 'brokers' }, h('h2', {}, 'Brokers'), brokers(cluster)),
      h('section', { key: 'members' }, h('h2', {}, 'Nodes of the Akka cluster'), members(cluster)),
      h('section', { key: 'shards' }, h('h2', {}, `Shards on node ${cluster.nodeId}`), h('div', { class: 'regions' }, cluster.regions.map(region))),
    ],
  };
}

const health = report => report.reasons.length > 0 && h('div', { class: 'notice bad', role: 'alert', key: 'health' },
  h('strong', {}, 'Not ready'), h('ul', {}, report.reasons.map(reason => h('li', {}, reason))));

const tiles = cluster => h('dl', { class: 'tiles', key: 'tiles' },
  tile('Health', state(cluster.health.status)),
  tile('Brokers', count(cluster.brokers.length)),
  tile('Topics', h('a', { href: href(['topics']) }, count(cluster.topics)), plural(cluster.partitions, 'partition')),
  tile('Groups', h('a', { href: href(['groups']) }, count(cluster.groups))),
  tile('In', rate(cluster.perSecond.recordsIn), byteRate(cluster.perSecond.bytesIn)),
  tile('Out', rate(cluster.perSecond.recordsOut), byteRate(cluster.perSecond.bytesOut)),
  tile('Connections', count(cluster.connections)),
  tile('Memory', bytes(cluster.residentBytes), `up ${span(now() - cluster.startedAtMs)}`));

/** Traffic of the last hour. */
export const charts = rates => h('div', { class: 'charts', key: 'charts' },
  traffic('Records', rates, rates.recordsIn, rates.recordsOut, rate),
  traffic('Bytes', rates, rates.bytesIn, rates.bytesOut, byteRate));

const traffic = (what, { stepSeconds, endMs, partial }, into, out, format) => chart({
  title: what, series: [{ name: 'in', values: into }, { name: 'out', values: out }], stepSeconds, endMs, format, partial,
});

const brokers = cluster => table({
  name: 'Brokers',
  rows: cluster.brokers,
  key: broker => broker.id,
  columns: [
    { title: 'Broker', cell: broker => [String(broker.id), broker.isThis && h('span', { class: 'chip' }, 'this')] },
    { title: 'Kafka address', cell: broker => h('code', {}, `${broker.host}:${broker.port}`) },
    { title: 'Role', cell: broker => broker.id === cluster.controllerId ? 'controller' : '' },
    { title: 'Rack', narrow: false, cell: broker => broker.rack ?? '–' },
  ],
});

const members = cluster => table({
  name: 'Nodes',
  rows: cluster.members,
  key: member => member.address,
  columns: [
    { title: 'Address', cell: member => [h('code', {}, member.address), member.isThis && h('span', { class: 'chip' }, 'this')] },
    { title: 'Status', cell: member => state(member.isReachable ? member.status : 'unreachable') },
    { title: 'Roles', narrow: false, cell: member => member.roles.join(', ') || '–' },
    { title: 'Version', narrow: false, cell: member => member.isThis ? `${cluster.version.split('+')[0]}, since ${time(cluster.startedAtMs)}` : '–' },
  ],
});

const entities = of => plural(of.entities, 'entity', 'entities');

/** A shard is a box, the darker the more entities run in it. */
function region(region) {
  const most = Math.max(1, ...(region.shards ?? []).map(shard => shard.entities));
  return h('div', { class: 'region', key: region.name },
    h('h3', {}, region.name, h('small', {}, region.shards === null ? 'did not answer' : `${entities(region)} in ${plural(region.shards.length, 'shard')}`)),
    h('div', { class: 'shards', role: 'img', 'aria-label': `${region.name}: ${entities(region)}` }, (region.shards ?? []).map(shard =>
      h('i', { title: `shard ${shard.id}: ${entities(shard)}`, style: { '--share': String(0.2 + 0.8 * shard.entities / most) } }))),
    region.waitingMessages > 0 && h('p', { class: 'quiet' }, `${plural(region.waitingMessages, 'message')} waiting`));
}
