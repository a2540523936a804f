// A slider over sequence numbers, with what stands out drawn above it. Arrow keys go from event to event.

import { h, render, svg } from '../core/dom.js';
import { count, plural } from '../core/format.js';

const KINDS = [['rebalance', 'rebalances'], ['election', 'elections'], ['fencing', 'fencings'], ['deletion', 'deletions']];
const HEIGHTS = { rebalance: 14, election: 20, fencing: 26, deletion: 26 };

// More than there are points on a screen would only take time.
const PLACES = 1000;

/**
 * moveTo(number) is called with where it was moved. What it is set to has first, last and at, and where not every number between is one to
 * stop at, as stops, those that are.
 */
export function slider(moveTo) {
  let now = { first: 1, last: 1, at: 1, stops: null, marks: [] };
  const most = () => now.stops ? now.stops.length - 1 : now.last - now.first;
  const indexOf = number => now.stops ? Math.max(0, now.stops.findLastIndex(stop => stop <= number)) : number - now.first;
  const go = index => {
    const within = Math.min(most(), Math.max(0, index));
    moveTo(now.stops ? now.stops[within] : now.first + within);
  };
  const range = h('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Sequence number', oninput: () => go(Number(range.value)), onkeydown: event => page(event) });
  const marks = h('div', { class: 'marks' });
  const where = h('output', { class: 'where' });
  const legend = h('div', { class: 'legend' });
  const step = (text, label, onclick) => h('button', { type: 'button', 'aria-label': label, title: label, onclick }, text);
  const toMark = mark => mark && moveTo(mark.sequenceNr);
  const before = step('‹ mark', 'Mark before', () => toMark(now.marks.findLast(mark => mark.sequenceNr < now.at)));
  const after = step('mark ›', 'Mark after', () => toMark(now.marks.find(mark => mark.sequenceNr > now.at)));
  const element = h('div', { class: 'slider' },
    marks, range,
    h('div', { class: 'steps' },
      step('|◀', 'First event', () => go(0)), step('◀', 'Event before', () => go(indexOf(now.at) - 1)),
      step('▶', 'Event after', () => go(indexOf(now.at) + 1)), step('▶|', 'Last event', () => go(most())),
      before, after,
      where, legend));

  // The browser's own step of a page is a tenth of the range only where the range is long.
  function page(event) {
    const by = { PageUp: 1, PageDown: -1 }[event.key];
    if (by) {
      event.preventDefault();
      go(indexOf(now.at) + by * Math.max(1, Math.round(most() / 10)));
    }
  }

  function lines() {
    // Of a kind one in each place is seen, and none is left out, however few there are among many of another kind.
    const places = new Set(now.marks.map(mark => `${mark.mark} ${Math.round(indexOf(mark.sequenceNr) / Math.max(1, most()) * PLACES)}`));
    return svg('svg', { viewBox: `0 0 ${PLACES} 28`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, [...places].map(place => {
      const [kind, x] = place.split(' ');
      return svg('line', { class: kind, x1: x, x2: x, y1: String(28 - HEIGHTS[kind]), y2: '28' });
    }));
  }

  return {
    element,
    set(shown) {
      now = shown;
      before.disabled = after.disabled = shown.marks.length === 0;
      range.max = most();
      range.value = indexOf(shown.at);
      // Heard where a button went; not each event that comes while the slider follows.
      where.setAttribute('aria-live', element.contains(document.activeElement) && document.activeElement !== range ? 'polite' : 'off');
      where.textContent = shown.stops
        ? `Event ${count(indexOf(shown.at) + 1)} of ${count(shown.stops.length)}`
        : `${count(shown.at)} of ${count(shown.first)}–${count(shown.last)}`;
      range.setAttribute('aria-valuetext', where.textContent);
      render(marks, lines());
      render(legend, KINDS.map(([kind, many]) => {
        const number = shown.marks.filter(mark => mark.mark === kind).length;
        return number > 0 && h('span', { key: kind }, h('i', { class: `swatch ${kind}` }), plural(number, kind, many));
      }), shown.marksTo < shown.last && h('span', { key: 'to' }, `looked for as far as ${count(shown.marksTo)}`));
    },
  };
}
