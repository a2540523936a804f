import { heading } from '../components/heading.js';
import { h } from '../core/dom.js';
import { href } from '../core/router.js';

/** An address that leads nowhere. */
export const missing = () => ({
  title: 'Not here',
  load: async () => null,
  draw: () => [heading('Not here'), h('p', {}, 'Nothing has this address.'), h('p', { key: 'to' }, h('a', { href: href([]) }, 'To the overview'))],
});
