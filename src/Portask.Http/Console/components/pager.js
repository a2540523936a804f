// Goes through a list that the server gives in pages.

import { h } from '../core/dom.js';
import { count, plural } from '../core/format.js';

export function pager({ total, offset, limit, what, set }) {
  const last = Math.min(total, offset + limit);
  return h('nav', { class: 'pager', 'aria-label': `Pages of ${what}`, key: 'pager' },
    h('span', { role: 'status' }, total === 0 ? `No ${what}` : offset >= total ? `There ${total === 1 ? 'is' : 'are'} ${plural(total, what.replace(/s$/, ''), what)}; these would be beyond` : `${count(offset + 1)}–${count(last)} of ${plural(total, what.replace(/s$/, ''), what)}`),
    (total > limit || offset >= total && total > 0) && [
      step('First', offset > 0, () => set(0)),
      step('Previous', offset > 0, () => set(Math.max(0, offset - limit))),
      step('Next', last < total, () => set(offset + limit)),
      step('Last', last < total, () => set(Math.floor((total - 1) / limit) * limit)),
    ]);
}

const step = (text, isThere, onclick) => h('button', { type: 'button', disabled: !isThere, onclick }, text);
