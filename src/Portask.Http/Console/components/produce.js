// Produces a record.

import { h } from '../core/dom.js';
import { path, post } from '../core/api.js';
import { choice, field, openForm } from './dialog.js';
import { say } from './say.js';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(codec => [codec, codec]);

export function produce(topic, done) {
  openForm(`Produce to ${topic.name}`, {
    action: 'Produce',
    wide: true,
    fields: [
      field('Value', h('textarea', { name: 'value', rows: '8', spellcheck: 'false', autofocus: true })),
      h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'isTombstone' }), 'No value: a tombstone for the key'),
      field('Key', h('input', { name: 'key', autocomplete: 'off', spellcheck: 'false' }), 'None if empty.'),
      field('Headers', h('textarea', { name: 'headers', rows: '2', spellcheck: 'false', placeholder: 'name: value' }), 'One a line.'),
      h('div', { class: 'beside' },
        field('Partition', h('input', { name: 'partition', type: 'number', min: '0', max: String(topic.partitions - 1) }), 'By the key if empty.'),
        field('Compression', choice('compression', CODECS, 'none'))),
    ],
    run: async values => {
      const message = {
        partition: values.partition === '' ? null : Number(values.partition),
        key: values.key === '' ? null : { text: values.key },
        value: values.isTombstone ? null : { text: values.value },
        headers: headersOf(values.headers),
      };
      const { messages: [written] } = await post(path`topics/${topic.name}/messages`, { messages: [message], compression: values.compression });
      say(`Written to partition ${written.partition} at offset ${written.offset}`);
      done();
    },
  });
}

function headersOf(text) {
  return text.split('\n').filter(line => line.trim() !== '').map(line => {
    const colon = line.indexOf(':');
    if (colon <= 0)
      throw new Error(`“${line}” is no header: it takes name: value.`);
    return { name: line.slice(0, colon).trim(), value: { text: line.slice(colon + 1).trim() } };
  });
}
