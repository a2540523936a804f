// Resets offsets of a group: first what would change, then, if that is wanted, exactly that.

import { h, render } from '../core/dom.js';
import { path, post } from '../core/api.js';
import { count, plural } from '../core/format.js';
import { choice, field, openDialog, whole } from './dialog.js';
import { say } from './say.js';
import { table } from './table.js';

const WHERE = [['earliest', 'the earliest'], ['latest', 'the latest'], ['timestamp', 'a time'], ['offset', 'an offset'], ['shift', 'on or back']];

// A table of more is for nobody to look at.
const MOST_ROWS = 200;

export function resetOffsets(group, done) {
  const topics = [...new Set(group.offsets.map(one => one.topic))];
  openDialog(`Reset offsets of ${group.id}`, (close, dialog) => {
    const form = h('form', { class: 'reset' });
    const result = h('div', {});
    const value = h('div', {});
    const drawValue = to => render(value,
      to === 'timestamp' && field('Time', h('input', { name: 'time', type: 'datetime-local', step: '1', required: true, key: 'time' })),
      (to === 'offset' || to === 'shift') && field(to === 'offset' ? 'Offset' : 'By', whole('number', { sign: to === 'shift' ? '-?' : '', key: to })));
    // What is asked anew has to be looked at anew.
    let asked = 0;
    form.addEventListener('input', () => { asked++; render(result); });
    form.addEventListener('submit', async event => {
      event.preventDefault();
      const mine = ++asked;
      try {
        const plan = await post(path`groups/${group.id}/offsets/preview`, resetOf(new FormData(form), group));
        if (mine === asked)
          render(result, preview(plan, () => apply(plan)));
      } catch (cause) {
        if (mine === asked)
          render(result, h('p', { class: 'notice bad', role: 'alert' }, cause.message));
      }
    });
    let isApplying = false;
    const apply = async plan => {
      if (isApplying)
        return;
      isApplying = true;
      try {
        // The very offsets that were looked at, whatever has been produced since.
        const answer = await post(path`groups/${group.id}/offsets/reset`, { offsets: plan.changes.map(({ topic, partition, target }) => ({ topic, partition, offset: BigInt(target) })) });
        const failed = answer.changes.filter(change => change.error !== null);
        if (failed.length > 0)
          throw new Error(`Of ${plural(plan.changes.length, 'partition')}, ${failed.length} were not reset: ${failed.slice(0, 5).map(one => `${one.topic}/${one.partition} ${one.error}`).join(', ')}${failed.length > 5 ? ' …' : ''}`);
        close();
        say(`${plural(plan.changes.length, 'partition')} of ${group.id} reset`);
      } catch (cause) {
        render(result, h('p', { class: 'notice bad', role: 'alert' }, cause.message));
        if (!dialog.open)
          say(`Reset offsets of ${group.id}: ${cause.message}`);
      } finally {
        done();
        isApplying = false;
      }
    };
    form.append(
      h('div', { class: 'beside' },
        field('To', choice('to', WHERE, 'earliest', { onchange: event => drawValue(event.target.value) })),
        field('Of', choice('topic', [['', 'all topics'], ...topics.map(topic => [topic, topic])], ''))),
      value,
      h('footer', {}, h('button', { type: 'button', onclick: close }, 'Cancel'), h('button', { type: 'submit', class: 'main' }, 'Preview')));
    return [
      group.members.length > 0 && h('p', { class: 'notice' }, `The group has ${plural(group.members.length, 'member')}. Offsets are reset while it has none; the preview can be looked at.`),
      form, result];
  }, { wide: true });
}

function resetOf(values, group) {
  const to = values.get('to');
  const topic = values.get('topic');
  return {
    to,
    value: to === 'timestamp' ? new Date(values.get('time')).getTime() : to === 'offset' || to === 'shift' ? BigInt(values.get('number')) : null,
    scope: topic === '' ? null : [{ topic, partitions: group.offsets.filter(one => one.topic === topic).map(one => one.partition) }],
  };
}

function preview(plan, apply) {
  const failed = plan.changes.filter(change => change.error !== null);
  const moved = plan.changes.filter(change => change.error === null && change.current !== change.target);
  return [
    h('h3', {}, 'What changes'),
    h('p', { role: 'status' }, `${count(moved.length)} of ${plural(plan.changes.length, 'partition')} would be read from elsewhere.`),
    table({
      name: 'What changes',
      rows: plan.changes.slice(0, MOST_ROWS),
      key: change => `${change.topic}/${change.partition}`,
      columns: [
        { title: 'Partition', class: 'name', cell: change => `${change.topic}/${change.partition}` },
        { title: 'Now', kind: 'number', cell: change => count(change.current) },
        { title: 'Then', kind: 'number', cell: change => change.error ?? h(change.current === change.target ? 'span' : 'strong', {}, count(change.target)) },
        { title: 'Lag', kind: 'number', cell: change => change.error ? '' : `${count(change.lagBefore)} → ${count(change.lagAfter)}` },
      ],
    }),
    plan.changes.length > MOST_ROWS && h('p', { class: 'quiet' }, `${count(plan.changes.length - MOST_ROWS)} more partitions are not shown.`),
    h('footer', {}, plan.canApply && failed.length === 0
      ? h('button', { type: 'button', class: 'danger', disabled: moved.length === 0, onclick: apply },
        moved.length === 0 ? 'Nothing to reset' : `Reset ${plural(plan.changes.length, 'partition')}`)
      : h('p', { class: 'notice bad' },
        failed.length > 0 ? `${plural(failed.length, 'partition')} cannot be reset.` : `The group is ${plan.state}; it must have no members.`)),
  ];
}
