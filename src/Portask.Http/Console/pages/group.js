// A group: who is in it, what each reads, how far it is.

import { h } from '../core/dom.js';
import { get, path, remove } from '../core/api.js';
import { count, plural, span } from '../core/format.js';
import { href } from '../core/router.js';
import { allowed } from '../core/restrictions.js';
import { bar, state, tile } from '../components/bar.js';
import { breakable } from '../components/breakable.js';
import { chart } from '../components/chart.js';
import { confirmByName } from '../components/dialog.js';
import { heading, tabs } from '../components/heading.js';
import { pager } from '../components/pager.js';
import { resetOffsets } from '../components/reset.js';
import { say } from '../components/say.js';
import { stamp } from '../components/stamp.js';
import { table } from '../components/table.js';

// Rows of one page: a group may read thousands of partitions and have as many members.
const LIMIT = 100;

// As many lines as can be told apart; the rest is one line.
const MOST_LINES = 5;

/** The views of a group. */
export const groupTabs = (id, current) => tabs(`Views of ${id}`, [
  ['group', 'Group', href(['groups', id])],
  ['timeline', 'Timeline', href(['timeline', 'groups', id])],
], current);

export function group(view, id) {
  return {
    title: id,
    load: async signal => {
      const [detail, lags] = await Promise.all([get(path`groups/${id}`, signal), get(path`groups/${id}/lag`, signal)]);
      return { detail, lags };
    },
    draw: ({ detail, lags }) => [
      heading(id, { trail: [['Groups', href(['groups'])]], actions: allowed.change && actions(detail, view) }),
      groupTabs(id, 'group'),
      h('dl', { class: 'tiles', key: 'tiles' },
        tile('State', state(detail.state)),
        tile('Members', count(detail.members.length)),
        tile('Lag', count(detail.lag)),
        tile('Generation', detail.generation < 0 ? '–' : count(detail.generation)),
        tile('Protocol', detail.protocol ?? '–', detail.protocolType)),
      lags.partitions.length > 0 && h('div', { class: 'charts', key: 'lag' }, chart({ title: 'Lag', series: lines(lags), stepSeconds: lags.stepSeconds, endMs: lags.endMs, format: count })),
      section('Offsets', detail.offsets, view, rows => offsets(rows, detail)),
      section('Members', detail.members, view, rows => members(rows, detail)),
    ],
  };
}

/** A table, in pages where it is long. What page stands in the address under its name. */
function section(title, all, view, draw) {
  const name = title.toLowerCase();
  const offset = Math.max(0, Math.min(Math.trunc(Number(view.query.get(name))) || 0, all.length - 1));
  return h('section', { key: name }, h('h2', {}, title), draw(all.slice(offset, offset + LIMIT)),
    all.length > LIMIT && pager({ total: all.length, offset, limit: LIMIT, what: name, set: to => view.set({ [name]: to }) }));
}

/** The partitions that lag most, and all others together. */
function lines({ partitions }) {
  const last = one => one.lag.findLast(value => value !== null) ?? 0;
  const sorted = [...partitions].sort((one, other) => last(other) - last(one));
  const shown = sorted.slice(0, sorted.length > MOST_LINES + 1 ? MOST_LINES : MOST_LINES + 1)
    .map(one => ({ name: `${one.topic}/${one.partition}`, values: one.lag.map(value => value === null ? null : Math.round(value)) }));
  // In the order of names a line keeps its colour while lags overtake each other.
  shown.sort((one, other) => one.name < other.name ? -1 : 1);
  const rest = sorted.slice(shown.length);
  if (rest.length > 0)
    shown.push({ name: `${rest.length} others`, values: rest[0].lag.map((_, i) => rest.reduce((sum, one) => one.lag[i] === null ? sum : (sum ?? 0) + Math.round(one.lag[i]), null)) });
  return shown;
}

function offsets(rows, detail) {
  const most = detail.offsets.reduce((most, one) => Math.max(most, one.lag ?? 0), 0);
  return table({
    name: 'Offsets',
    rows,
    key: one => `${one.topic}/${one.partition}`,
    empty: 'It has committed nothing and reads nothing.',
    columns: [
      { title: 'Partition', class: 'name', cell: one => [h('a', { href: href(['topics', one.topic]) }, breakable(one.topic)), `/${one.partition}`] },
      { title: 'Committed', kind: 'number', cell: one => [count(one.committed), one.isPending && h('span', { class: 'chip', title: 'An open transaction may change it' }, 'pending')] },
      { title: 'End', kind: 'number', cell: one => count(one.end) },
      { title: 'Lag', kind: 'number', cell: one => bar(count(one.lag), one.lag ?? 0, most) },
      { title: 'Committed at', narrow: false, cell: one => stamp(one.committedAtMs) },
      { title: 'Read by', narrow: false, class: 'breaks', cell: one => one.member ?? '–' },
    ],
  });
}

const assignment = member => member.assignment === null ? '–'
  : member.assignment.map(one => `${one.topic}/${one.partitions.join(',')}`).join(' ') || 'nothing';

const members = (rows, detail) => table({
  name: 'Members',
  rows,
  key: member => member.memberId,
  empty: allowed.change ? 'None: offsets can be reset.' : 'None.',
  columns: [
    {
      title: 'Member',
      class: 'name',
      cell: member => [
        h('code', { class: 'breaks' }, member.memberId),
        member.memberId === detail.leader && h('span', { class: 'chip' }, 'leader'),
        member.instanceId && h('span', { class: 'chip' }, `static: ${member.instanceId}`),
      ],
    },
    { title: 'Client', cell: member => [member.clientId, h('small', { class: 'quiet' }, ` ${member.host}`)] },
    { title: 'Assignment', class: 'breaks', cell: assignment },
    {
      title: 'Timeouts',
      narrow: false,
      // Zero is told of members of a group that another node coordinates.
      cell: member => member.sessionTimeoutMs === 0 ? '–' : `session ${span(member.sessionTimeoutMs)}, rebalance ${span(member.rebalanceTimeoutMs)}`,
    },
  ],
});

const actions = (detail, view) => [
  h('button', { type: 'button', disabled: detail.offsets.length === 0, onclick: () => resetOffsets(detail, () => view.reload()) }, 'Reset offsets'),
  h('button', {
    type: 'button', class: 'danger', disabled: detail.members.length > 0, title: detail.members.length > 0 ? 'It has members' : undefined,
    onclick: () => confirmByName(`Delete group ${detail.id}`, {
      name: detail.id,
      what: `Offsets of ${plural(detail.offsets.length, 'partition')} are forgotten. Who reads under this name then begins where its client says.`,
      action: 'Delete group',
      run: async () => {
        await remove(path`groups/${detail.id}`);
        say(`Group ${detail.id} deleted`);
        return href(['groups']);
      },
    }),
  }, 'Delete group'),
];
