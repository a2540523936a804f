// What happened to something, and its state at any point: a slider over all of its events.

import { h, keep } from '../core/dom.js';
import { Problem, get, path, query } from '../core/api.js';
import { count, localTimes } from '../core/format.js';
import { amend, href } from '../core/router.js';
import { heading } from '../components/heading.js';
import { slider } from '../components/slider.js';
import { stamp } from '../components/stamp.js';
import { pathWords, stateTree } from '../components/state-tree.js';
import { groupTabs } from './group.js';
import { topicTabs } from './topic.js';
import { transactionTabs } from './transaction.js';

// Events that are listed before and after the one at which the slider stands.
const BEFORE = 25;
const AFTER = 5;
const MOST_MARKS = 2_000;

// As many as the API gives at a time.
const MOST_EVENTS = 1_000;
const PAUSE_MS = 120;

/** What each kind has above the timeline, and where the API has it. */
const KINDS = {
  topics: name => name === undefined
    ? { title: 'Timeline of all topics', api: 'timeline/topics', above: [] }
    : { title: name, api: 'timeline/topics', topic: name, trail: [['Topics', href(['topics'])]], above: topicTabs(name, 'timeline') },
  partitions: (name, partition) => ({
    title: `${name}/${partition}`,
    api: path`timeline/partitions/${name}/${partition}`,
    trail: [['Topics', href(['topics'])], [name, href(['topics', name])]],
    above: topicTabs(name, ''),
  }),
  groups: id => ({ title: id, api: path`timeline/groups/${id}`, trail: [['Groups', href(['groups'])]], above: groupTabs(id, 'timeline') }),
  transactions: id => ({
    title: id, api: path`timeline/transactions/${id}`, trail: [['Transactions', href(['transactions'])]], above: transactionTabs(id, 'timeline'),
  }),
};

export function timeline(view, kind = 'topics', ...names) {
  const of = KINDS[kind](...names);
  const shown = { first: 1, last: 1, at: null, stops: null, marks: [], marksTo: 0, events: [], state: null, failure: null, follows: !view.query.get('at') };
  const leaving = new AbortController();
  let asking;
  let finding;
  let stopsTo = 0;
  let timer;
  const stopAt = number => shown.stops?.findLast(stop => stop <= number) ?? number;
  const draw = () => {
    control.set(shown);
    view.draw();
  };
  const moveTo = at => {
    shown.at = stopAt(Math.min(shown.last, Math.max(shown.first, at)));
    shown.follows = shown.at === shown.last;
    draw();
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  };
  const control = slider(moveTo);
  view.onStop(() => { clearTimeout(timer); asking?.abort(); leaving.abort(); });

  /** The state where the slider stands, and what happened around it. */
  async function look() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const at = shown.at;
    amend({ at: shown.follows ? null : at });
    const from = shown.stops ? shown.stops[Math.max(0, shown.stops.indexOf(at) - BEFORE)] : Math.max(shown.first, at - BEFORE);
    const around = get(of.api + query({ topic: of.topic, from, limit: BEFORE + AFTER + 1 }), signal);
    const state = get(of.api + '/state' + query({ topic: of.topic, at }), signal);
    const [events, found] = await Promise.allSettled([around, state]);
    if (signal.aborted)
      return;
    shown.failure = found.reason ?? events.reason ?? null;
    // What was shown stays while the broker is away or busy; it is looked for again with the next load.
    if (!mayPass(shown.failure)) {
      shown.events = (events.value?.events ?? []).toReversed();
      shown.state = found.value ?? null;
    }
    draw();
  }

  /** Of all that the registry journaled, what is of this topic alone: the slider goes over nothing else. */
  async function findStops(signal) {
    let page;
    for (let from = stopsTo + 1; from !== null; from = page.next) {
      page = await get(of.api + query({ topic: of.topic, from, limit: MOST_EVENTS }), signal);
      stopsTo = page.next === null ? page.last : page.next - 1;
      if (page.events.length > 0)
        shown.stops = [...shown.stops ?? [], ...page.events.map(one => one.sequenceNr)];
    }
    return shown.stops ? { ...page, first: shown.stops[0], last: shown.stops.at(-1) } : page;
  }

  /** Marks come in pieces, since all of a long journal has to be read for them. */
  async function findMarks() {
    let from = shown.marksTo + 1;
    while (from !== null && shown.marks.length < MOST_MARKS) {
      const page = await get(of.api + query({ topic: of.topic, from, limit: MOST_EVENTS, marks: true }), leaving.signal);
      shown.marks.push(...page.events);
      shown.marksTo = page.next === null ? page.last : page.next - 1;
      from = page.next;
      draw();
    }
  }

  return {
    title: of.title,
    load: async signal => {
      const page = await (of.topic ? findStops(signal) : get(of.api + query({ limit: 1 }), signal));
      if (page.last === 0)
        return page;
      const isFirst = shown.at === null;
      const grew = page.last !== shown.last;
      [shown.first, shown.last] = [page.first, page.last];
      if (isFirst)
        shown.at = Math.trunc(Number(view.query.get('at'))) || page.last;
      if (shown.follows)
        shown.at = page.last;
      shown.at = stopAt(Math.min(shown.last, Math.max(shown.first, shown.at)));
      if (isFirst || shown.failure || (grew && shown.follows))
        look();
      if (shown.marksTo < page.last)
        finding ??= findMarks().catch(() => {}).finally(() => { finding = undefined; });
      control.set(shown);
      return page;
    },
    draw: page => page.last === 0 ? [
      heading(of.title, { trail: of.trail }),
      h('p', { class: 'notice', key: 'empty' }, 'Nothing has happened yet: no topic was ever made.'),
    ] : [
      heading(of.title, { trail: of.trail }),
      of.above,
      keep('slider', control.element),
      h('div', { class: 'moment', key: 'moment' }, shown.failure instanceof Problem
        && h('div', { class: 'notice bad', role: 'alert', key: 'failure' }, h('strong', {}, shown.failure.error), h('p', {}, shown.failure.message)),
      shown.state && [
        h('section', { class: 'panel', 'aria-label': 'What happened', key: 'events' }, h('h2', {}, 'Events'), events(shown, moveTo)),
        h('section', { class: 'panel', 'aria-label': 'State', key: 'state' },
          h('h2', {}, `State at ${count(shown.state.sequenceNr)}`, h('small', { class: 'quiet' }, stamp(shown.state.timeMs))),
          changes(shown.state), stateTree(shown.state.state)),
      ]),
    ],
  };
}

const mayPass = failure => failure !== null && (!(failure instanceof Problem) || failure.status >= 500 || failure.status === 429);

const events = (shown, moveTo) => h('ol', { class: 'events' }, shown.events.map(one => {
  const isHere = one.sequenceNr === shown.state.sequenceNr;
  return h('li', { key: one.sequenceNr, class: isHere && 'here' },
    h('button', {
      type: 'button', class: 'plain', 'aria-current': isHere && 'true', 'aria-label': `State at ${one.sequenceNr}`, onclick: () => moveTo(one.sequenceNr),
    }, count(one.sequenceNr)),
    h('div', {}, stamp(one.timeMs), one.mark && h('span', { class: `mark-name ${one.mark}` }, one.mark), h('p', {}, localTimes(one.text))));
}));

function changes(state) {
  if (state.changes === null)
    return h('p', { class: 'quiet' }, 'The history begins here; what was before is not kept.');
  if (state.changes.length === 0)
    return h('p', { class: 'quiet' }, 'This event changed nothing that is shown here.');
  return h('ul', { class: 'changes', 'aria-label': 'What this event changed' }, state.changes.map(change => h('li', { key: change.what },
    h('span', {}, pathWords(change.what) || 'all'),
    h('span', {},
      change.before !== null && h('del', {}, localTimes(change.before) || 'none'),
      change.after !== null && h('ins', {}, localTimes(change.after) || 'none')))));
}
