// Whose time it is: times are shown in the zone of the browser, and how long ago something was is reckoned by the broker's clock.

import { span } from './format.js';

// What an answer says of the time is a whole second, and it was under way for a while.
const CLOSE_MS = 3_000;
const SHOWN_TO_MS = 5_000;
let aheadMs = 0;

/** The time that the broker has. */
export const now = () => Date.now() + aheadMs;

/** Sees from an answer that has just begun to come how far the broker's clock is ahead of this one. Who shows that is told by an event. */
export function compare(response) {
  const [before, ahead] = [aheadMs, Date.parse(response.headers.get('Date')) - Date.now()];
  aheadMs = Math.abs(ahead) >= CLOSE_MS ? ahead : 0;
  if (Math.abs(aheadMs - before) >= CLOSE_MS)
    document.dispatchEvent(new Event('clock'));
}

/** What times stand for here. */
export function ofTimes() {
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' });
  const [name, offset] = [zone.resolvedOptions().timeZone, zone.formatToParts().find(part => part.type === 'timeZoneName').value];
  const clocks = aheadMs === 0 ? '' : ` The broker’s clock is ${span(Math.round(Math.abs(aheadMs) / SHOWN_TO_MS) * SHOWN_TO_MS)} ${aheadMs > 0 ? 'ahead of' : 'behind'} this computer’s.`;
  return `Times are in this browser’s zone, ${name === 'UTC' ? name : `${name} (${offset})`}.${clocks}`;
}
