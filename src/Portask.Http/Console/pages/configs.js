// The configs of a topic: what holds, where it comes from, and another value.

import { h, keep } from '../core/dom.js';
import { get, patch, path } from '../core/api.js';
import { bytes, span } from '../core/format.js';
import { href } from '../core/router.js';
import { allowed } from '../core/restrictions.js';
import { breakable } from '../components/breakable.js';
import { choice, field, openForm } from '../components/dialog.js';
import { heading } from '../components/heading.js';
import { say } from '../components/say.js';
import { search } from '../components/search.js';
import { table } from '../components/table.js';
import { topicTabs } from './topic.js';

// The largest number there is, as Kafka's defaults have it for what has no bound.
const NO_LIMIT = '9223372036854775807';

export function configs(view, name) {
  const find = search('Search configs', view.query.get('search') ?? '', text => view.set({ search: text }));
  return {
    title: `Configs of ${name}`,
    every: 15_000,
    load: signal => get(path`topics/${name}/configs`, signal),
    draw: ({ configs }) => [
      heading(name, { trail: [['Topics', href(['topics'])]] }),
      topicTabs(name, 'configs'),
      h('div', { class: 'controls', key: 'controls' }, keep('search', find)),
      table({
        name: 'Configs',
        rows: shown(configs, view.query.get('search') ?? ''),
        key: config => config.name,
        empty: 'No config has such a name.',
        columns: [
          { title: 'Config', class: 'name', cell: explained },
          { title: 'Value', cell: config => [h('code', { class: 'breaks' }, config.isSensitive ? 'not shown' : config.value === '' ? '""' : config.value ?? '–'), meaning(config)] },
          { title: 'Set by', narrow: false, cell: config => config.source === 'topic' ? h('span', { class: 'chip alone' }, 'topic') : config.source },
          allowed.change && {
            title: 'Change',
            cell: config => !config.isReadOnly && h('button', {
              type: 'button', class: 'plain', 'aria-label': `Edit ${config.name}`, onclick: () => edit(name, config, view),
            }, 'Edit'),
          },
        ].filter(Boolean),
      }),
    ],
  };
}

const explained = ({ name, documentation }) => documentation
  ? h('details', {}, h('summary', {}, breakable(name)), h('p', { class: 'quiet' }, documentation))
  : breakable(name);

// What was set for the topic comes first.
const shown = (configs, text) => configs.filter(config => config.name.includes(text.toLowerCase()))
  .sort((one, other) => (other.source === 'topic') - (one.source === 'topic') || (one.name < other.name ? -1 : 1));

/** What a number of ms or bytes comes to. */
function meaning({ name, value }) {
  const number = Number(value);
  const text = value === NO_LIMIT ? 'no limit'
    : name.endsWith('.ms') && number >= 1000 ? span(number)
      : name.endsWith('.bytes') && number >= 1024 ? bytes(number) : '';
  return text && h('small', { class: 'quiet' }, ` ${text}`);
}

function edit(name, config, view) {
  const change = async (body, said) => {
    await patch(path`topics/${name}/configs`, body);
    say(said);
    view.reload();
  };
  const isSet = config.source === 'topic';
  openForm(config.name, {
    action: 'Save',
    fields: [
      config.documentation && h('p', { class: 'quiet' }, config.documentation),
      isSet && field('Do', choice('do', [['set', 'Set another value'], ['delete', 'Go back to the broker’s value']], 'set')),
      field(`Value (${config.type})`, config.type === 'boolean'
        ? choice('value', [['true', 'true'], ['false', 'false']], config.value)
        : h('input', { name: 'value', value: config.value ?? '', autocomplete: 'off', spellcheck: 'false' })),
      h('p', { class: 'quiet' }, 'Looked for in: ', config.places.map(place => `${place.source} ${place.name} = ${place.value ?? '–'}`).join('; ')),
    ],
    run: async values => values.do === 'delete'
      ? change({ delete: [config.name] }, `${config.name} is the broker’s again`)
      : change({ set: { [config.name]: values.value } }, `${config.name} = ${values.value}`),
  });
}
