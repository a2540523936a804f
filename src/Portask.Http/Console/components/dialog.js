// Dialogs on the browser's own: it keeps the focus inside, closes on Escape and gives the focus back.

import { h } from '../core/dom.js';
import { go } from '../core/router.js';
import { say } from './say.js';

let number = 0;

/** Opens a dialog; fill(close, dialog) gives what stands in it. It is gone once it is closed. */
export function openDialog(title, fill, { wide = false } = {}) {
  const id = `dialog-${++number}`;
  const dialog = h('dialog', { 'aria-labelledby': id, class: wide ? 'roomy' : undefined, onclose: () => dialog.remove() });
  const close = () => dialog.close();
  dialog.append(
    h('header', {}, h('h2', { id }, title), h('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: close }, '✕')),
    ...[fill(close, dialog)].flat().filter(Boolean));
  document.body.append(dialog);
  dialog.showModal();
  // The close button comes first in the order, but is not what the dialog was opened for.
  dialog.querySelector('[autofocus], input, select, textarea')?.focus();
  return dialog;
}

/** A form in a dialog: run(values) is called when it is sent and gives the address to go to then, if any; a failure is shown and the dialog stays. */
export function openForm(title, { fields, action, run, danger = false, wide = false }) {
  openDialog(title, (close, dialog) => {
    const failure = h('p', { class: 'notice bad', role: 'alert', hidden: true });
    const send = h('button', { type: 'submit', class: danger ? 'danger' : 'main' }, action);
    return h('form', {
      onsubmit: async event => {
        event.preventDefault();
        // Disabled, it would lose the focus.
        if (send.ariaDisabled === 'true')
          return;
        send.ariaDisabled = 'true';
        failure.hidden = true;
        try {
          const address = await run(Object.fromEntries(new FormData(event.target)));
          // Who closed it or went elsewhere while it was under way stays there.
          if (address && dialog.open)
            go(address);
          close();
        } catch (cause) {
          failure.textContent = cause.message;
          failure.hidden = false;
          if (!dialog.open)
            say(`${title}: ${cause.message}`);
        } finally {
          send.ariaDisabled = null;
        }
      },
    }, fields, failure, h('footer', {}, h('button', { type: 'button', onclick: close }, 'Cancel'), send));
  }, { wide });
}

/** Asks for a name to be typed before what cannot be undone. */
export function confirmByName(title, { name, what, action, run }) {
  const typed = h('input', { name: 'name', autocomplete: 'off', spellcheck: 'false', required: true, autofocus: true });
  openForm(title, {
    danger: true,
    action,
    fields: [h('p', {}, what), field(['Type ', h('code', {}, name), ' to confirm'], typed)],
    run: async () => {
      if (typed.value !== name)
        throw new Error(`That is not ${name}.`);
      return run();
    },
  });
}

/** A labelled control. The label stands beside it and not around it: what is inside a label is read out with it. */
export function field(label, control, note) {
  const id = `field-${++number}`;
  control.id = id;
  if (note)
    control.setAttribute('aria-describedby', `${id}-note`);
  return h('div', { class: 'field' }, h('label', { for: id }, label), control, note && h('small', { id: `${id}-note` }, note));
}

/** A whole number of any size, held as the text that it is: a number field would round one beyond 2^53 with each step of its arrows. */
export const whole = (name, { sign = '', ...more } = {}) => h('input', {
  name, inputmode: sign ? 'text' : 'numeric', pattern: `${sign}[0-9]{1,19}`, title: `A whole number${sign ? ', with - before it to go back' : ''}`, required: true, autocomplete: 'off', ...more,
});

/** A choice among [value, text] pairs. */
export const choice = (name, options, value, more = {}) =>
  h('select', { name, ...more }, options.map(([each, text]) => h('option', { value: each, selected: String(each) === String(value ?? '') }, text)));
