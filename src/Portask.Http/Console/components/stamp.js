import { h } from '../core/dom.js';
import { time } from '../core/format.js';

/** A time as it is here, and in UTC, as logs have it, for whoever points at it. */
export function stamp(ms) {
  const date = new Date(ms ?? NaN);
  const utc = Number.isNaN(date.getTime()) || ms < 0 ? undefined : date.toISOString();
  return h('time', { datetime: utc, title: utc }, time(ms));
}
