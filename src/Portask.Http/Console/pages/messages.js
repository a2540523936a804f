// The records of a topic: a page from some place on, or as they come.

import { h, keep, render } from '../core/dom.js';
import { Problem, get, path, query } from '../core/api.js';
import { count, plural } from '../core/format.js';
import { href } from '../core/router.js';
import { allowed } from '../core/restrictions.js';
import { FORMATS } from '../components/content.js';
import { choice, field, whole } from '../components/dialog.js';
import { heading } from '../components/heading.js';
import { messageList } from '../components/message-list.js';
import { produce } from '../components/produce.js';
import { KEEPS, Tail } from './tail.js';
import { topicTabs } from './topic.js';

const LIMIT = 50;

// Of more partitions than this the API reads one at a time.
const MOST_PARTITIONS = 64;

export function messages(view, name) {
  const asked = Object.fromEntries(view.query);
  let page = null;
  let failure = null;
  let isStale = false;
  let topic;
  const opened = new Set();
  const tail = new Tail(name, () => { form.live(tail.isOn); view.draw(); });
  view.onStop(() => tail.stop());
  const form = filterForm(asked, {
    read: values => { tail.stop(); Object.assign(asked, values); view.set({ ...values, from: null }); return read(); },
    follow: values => { Object.assign(asked, values); view.set(values); toggleTail(); },
    show: format => { asked.format = format; view.draw(); },
  });
  let reading = new AbortController();
  view.onStop(() => reading.abort());
  let place;
  const read = async from => {
    place = from;
    // What is asked now is what is shown, whichever answer comes last.
    reading.abort();
    const { signal } = reading = new AbortController();
    try {
      const found = await get(path`topics/${name}/messages` + query({ ...filter(asked), ...(from ? { from } : start(asked)), limit: LIMIT }), signal);
      if (isNewest(asked) && !from)
        found.messages.reverse();
      [page, failure] = [found, null];
    } catch (cause) {
      if (signal.aborted)
        return;
      // What was read stays. It is read again with the next load, and where the broker is away the banner says enough.
      isStale = !(cause instanceof Problem) || cause.status >= 500;
      failure = cause instanceof Problem ? cause : null;
    }
    view.draw();
  };
  const toggleTail = () => tail.isOn ? tail.stop() : tail.start(filter(asked));
  return {
    title: `Messages of ${name}`,
    // What is read is only read again on demand; the tail brings what is new.
    every: 60_000,
    load: async signal => {
      topic = (await get(path`topics/${name}`, signal)).topic;
      if (topic.partitions > MOST_PARTITIONS && !asked.partition)
        asked.partition = '0';
      form.fit(topic, asked);
      if (isStale || (page === null && failure === null)) {
        isStale = false;
        await read(place);
      }
      return topic;
    },
    draw: () => [
      heading(name, {
        trail: [['Topics', href(['topics'])]],
        actions: allowed.change && h('button', { type: 'button', class: 'main', onclick: () => produce(topic, () => tail.isOn || read()) }, 'Produce'),
      }),
      topicTabs(name, 'messages'),
      !allowed.contents && h('p', { class: 'notice', key: 'hidden' }, 'Contents are hidden (portask.http.hide-messages): sizes stand in their place, and nothing can be searched.'),
      keep('filter', form.element),
      status(tail, page, failure),
      (tail.isOn || page) && messageList(tail.isOn ? 'Live' : 'Messages', tail.isOn ? tail.messages : page.messages, asked.format ?? 'auto', opened, () => view.draw()),
      !tail.isOn && page && h('nav', { class: 'pager', 'aria-label': 'More messages', key: 'more' },
        h('span', { role: 'status' }, ended(page)),
        h('button', { type: 'button', disabled: page.ended === 'end', onclick: () => read(page.next) }, 'Next')),
    ],
  };
}

function status(tail, page, failure) {
  if (tail.isRefused)
    return h('div', { class: 'notice bad', role: 'alert', key: 'status' }, h('strong', {}, 'There is no room for another live tail'),
      h('p', {}, `${tail.failure} One of them has to be stopped first, in another tab or by somebody else.`),
      h('button', { type: 'button', onclick: () => tail.retry() }, 'Try again'));
  if (tail.isOn)
    // Read out is whether it follows, not each number of records.
    return h('p', { class: 'notice', key: 'status' }, h('span', { class: `pulse ${tail.isConnected ? 'on' : ''}` }),
      h('span', { role: 'status' }, tail.isConnected ? 'Following' : 'The tail was cut off and is taken up again where it was …'),
      tail.isConnected && `; ${plural(tail.received, 'record')} came, the newest first${tail.received > KEEPS ? `, ${KEEPS} of them here` : ''}`,
      tail.skipped > 0 && `; ${plural(tail.skipped, 'record')} left out, it was more than 10,000 behind`, tail.failure && `; ${tail.failure}`);
  if (failure)
    return h('div', { class: 'notice bad', role: 'alert', key: 'status' }, h('strong', {}, failure.error), h('p', {}, failure.message));
  if (tail.failure)
    return h('div', { class: 'notice bad', role: 'alert', key: 'status' }, h('strong', {}, 'The tail ended'), h('p', {}, tail.failure));
  return page?.unreadable.length > 0 && h('div', { class: 'notice bad', key: 'status' }, page.unreadable.map(batch =>
    h('p', {}, `Partition ${batch.partition}: the batch at offset ${batch.offset} cannot be read: ${batch.reason}`)));
}

const WHY = { end: 'to the end', limit: 'more follow', bytes: 'so many bytes were looked at that the rest waits for Next', time: 'the time for one look was used up' };

const ended = page => `${plural(page.messages.length, 'message')} of ${count(page.scannedRecords)} looked at; ${WHY[page.ended]}`;

const filter = asked => ({ partition: asked.partition, key: asked.key, header: asked.header, contains: asked.contains, isolation: asked.isolation });

// Who searches wants what there is, not what of the last fifty fits.
const isNewest = asked => (asked.start ?? 'newest') === 'newest' && !asked.key && !asked.header && !asked.contains;

function start(asked) {
  switch (asked.start ?? 'newest') {
    case 'oldest': return { offset: 'earliest' };
    case 'offset': return { offset: asked.at || '0' };
    case 'time': return asked.at ? { timestamp: new Date(asked.at).getTime() } : { offset: 'earliest' };
    default: return { offset: isNewest(asked) ? `-${LIMIT}` : 'earliest' };
  }
}

const partitionsOf = number => [
  ...(number > MOST_PARTITIONS ? [] : [['', 'all']]),
  ...Array.from({ length: number }, (_, i) => [i, i]),
];

/** The fields that say what to read. They stay as they are while the page is drawn again. */
function filterForm(asked, { read, follow, show }) {
  const element = h('form', { class: 'filter', 'aria-label': 'Which messages' });
  const values = () => Object.fromEntries(new FormData(element));
  let partitions = 0;
  let isLive = false;
  element.addEventListener('submit', event => {
    event.preventDefault();
    read(values());
  });
  const draw = () => render(element,
    field('Partition', choice('partition', partitionsOf(partitions), asked.partition)),
    field('From', choice('start', [['newest', 'the newest'], ['oldest', 'the oldest'], ['offset', 'offset'], ['time', 'time']], asked.start, {
      onchange: event => { asked.start = event.target.value; asked.at = ''; draw(); },
    })),
    asked.start === 'offset' && field('Offset', whole('at', { value: asked.at || '0', key: 'offset' })),
    asked.start === 'time' && field('Time', h('input', { name: 'at', type: 'datetime-local', step: '1', value: asked.at ?? '', key: 'time' })),
    field('Key', h('input', { name: 'key', value: asked.key ?? '', disabled: !allowed.contents, autocomplete: 'off', spellcheck: 'false' })),
    field('Header', h('input', { name: 'header', value: asked.header ?? '', placeholder: 'name=value', disabled: !allowed.contents, autocomplete: 'off', spellcheck: 'false' })),
    field('Contains', h('input', { name: 'contains', type: 'search', value: asked.contains ?? '', disabled: !allowed.contents, autocomplete: 'off', spellcheck: 'false' })),
    field('Isolation', choice('isolation', [['', 'uncommitted'], ['read_committed', 'committed']], asked.isolation)),
    field('Show as', choice('format', FORMATS, asked.format, { onchange: event => show(event.target.value) })),
    h('div', { class: 'buttons' },
      h('button', { type: 'submit', class: 'main' }, 'Read'),
      h('button', { type: 'button', onclick: () => follow(values()) }, isLive ? 'Stop tail' : 'Live tail')));
  return {
    element,
    live(isOn) {
      if (isLive !== isOn) {
        isLive = isOn;
        draw();
      }
    },
    fit(topic, now) {
      partitions = topic.partitions;
      Object.assign(asked, now);
      draw();
    },
  };
}
