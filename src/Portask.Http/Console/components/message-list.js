// Records, one line each, with all of one behind its line.

import { h } from '../core/dom.js';
import { bytes, plural, time } from '../core/format.js';
import { block, line } from './content.js';

export function messageList(name, messages, format) {
  return h('section', { class: 'messages', 'aria-label': name, key: `list-${name}` },
    messages.length === 0
      ? h('p', { class: 'quiet empty' }, name === 'Live' ? 'Nothing has come yet.' : 'No message here.')
      : messages.map(message => item(message, format)));
}

const item = (message, format) => h('details', { class: 'message', key: `${message.partition}:${message.offset}` },
  h('summary', {},
    h('span', { class: 'place' }, `${message.partition}:${message.offset}`),
    h('time', {}, time(message.timestampMs)),
    h('span', { class: 'key' }, line(message.key)),
    h('span', { class: 'value' }, line(message.value)),
    message.isTransactional && h('span', { class: 'chip', title: 'part of a transaction' }, 'tx')),
  h('div', { class: 'whole' },
    h('dl', { class: 'facts' }, facts(message).map(([what, value]) => [h('dt', {}, what), h('dd', {}, value)])),
    message.headerCount > 0 && [h('h3', {}, plural(message.headerCount, 'header')), message.headers.length > 0 && h('dl', { class: 'facts' },
      message.headers.map(header => [h('dt', {}, header.name), h('dd', {}, block(header.value, format === 'hex' ? 'hex' : 'auto'))]))],
    h('h3', {}, 'Key'), block(message.key, format),
    h('h3', {}, 'Value'), block(message.value, format)));

const facts = message => [
  ['Partition', `${message.partition}`],
  ['Offset', `${message.offset}`],
  ['Time', `${time(message.timestampMs)} (${message.timestampType === 'append' ? 'the broker’s' : 'the producer’s'})`],
  ['Size', `key ${bytes(message.key?.size ?? 0)}, value ${bytes(message.value?.size ?? 0)}`],
  ['Codec', message.codec],
  ['Leader epoch', `${message.leaderEpoch}`],
  message.producerId !== null && ['Producer', `${message.producerId} epoch ${message.producerEpoch}`],
].filter(Boolean);
