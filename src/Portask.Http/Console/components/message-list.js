// Records, one line each, with all of one behind its line.

import { h } from '../core/dom.js';
import { bytes, plural, time } from '../core/format.js';
import { block, line } from './content.js';
import { stamp } from './stamp.js';

/** @param opened The places of records of which all is shown; draw() is called when it changes. */
export function messageList(name, messages, format, opened, draw) {
  return h('section', { class: 'messages', 'aria-label': name, key: `list-${name}` },
    messages.length === 0
      ? h('p', { class: 'quiet empty' }, name === 'Live' ? 'Nothing has come yet.' : 'No message here.')
      : messages.map(message => item(message, format, opened, draw)));
}

function item(message, format, opened, draw) {
  const place = `${message.partition}:${message.offset}`;
  const turn = event => {
    opened[event.currentTarget.open ? 'add' : 'delete'](place);
    draw();
  };
  return h('details', { class: 'message', key: place, ontoggle: turn }, summary(place, message), opened.has(place) && whole(message, format));
}

const summary = (place, message) =>
  h('summary', {},
    h('span', { class: 'place' }, place),
    stamp(message.timestampMs),
    h('span', { class: 'key' }, line(message.key)),
    h('span', { class: 'value' }, line(message.value)),
    message.isTransactional && h('span', { class: 'chip', title: 'part of a transaction' }, 'tx'));

// Drawn only where it is looked at: laying out hundreds of contents for each record that comes keeps a browser busy.
const whole = (message, format) =>
  h('div', { class: 'whole' },
    h('dl', { class: 'facts' }, facts(message).map(([what, value]) => [h('dt', {}, what), h('dd', {}, value)])),
    message.headerCount > 0 && [h('h3', {}, plural(message.headerCount, 'header')), message.headers.length > 0 && h('dl', { class: 'facts' },
      message.headers.map(header => [h('dt', {}, header.name), h('dd', {}, block(header.value, format === 'hex' ? 'hex' : 'auto'))]))],
    h('h3', {}, 'Key'), block(message.key, format),
    h('h3', {}, 'Value'), block(message.value, format));

const facts = message => [
  ['Partition', `${message.partition}`],
  ['Offset', `${message.offset}`],
  ['Time', `${time(message.timestampMs)} (${message.timestampType === 'append' ? 'the broker’s' : 'the producer’s'})`],
  ['Size', `key ${bytes(message.key?.size ?? 0)}, value ${bytes(message.value?.size ?? 0)}`],
  ['Codec', message.codec],
  ['Leader epoch', `${message.leaderEpoch}`],
  message.producerId !== null && ['Producer', `${message.producerId} epoch ${message.producerEpoch}`],
].filter(Boolean);
