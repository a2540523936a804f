// Brokers that did not answer, named where something of theirs is missing.

import { h } from '../core/dom.js';

/** What a broker that did not answer leaves out of numbers of topics. */
export const OF_TOPICS = 'its traffic is missing here, and what it leads is as it was last told';

/** @param lack what is left out of one of them. */
export const unread = (brokers, lack) => brokers.length > 0 && h('p', { class: 'notice', key: 'unread' }, brokers.length === 1
  ? `Broker ${brokers[0]} did not answer: ${lack}.`
  : `Brokers ${brokers.slice(0, -1).join(', ')} and ${brokers.at(-1)} did not answer: of each, ${lack}.`);
