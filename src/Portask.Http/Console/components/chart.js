// Lines over time. The drawing stretches to its place; texts are beside it, so that they do not stretch with it.
// What stands at one moment is read out where the pointer or finger is, or by arrow keys, and goes on to be when the chart is drawn again.

import { h, render, svg } from '../core/dom.js';
import { clock } from '../core/format.js';

const WIDTH = 600;
const HEIGHT = 120;

// A broker that has just started has little to show, and that little is not to be one line at the edge.
const FEWEST_STEPS = 60;

/** A chart of series { name, values }, null where nothing was measured, the last value at endMs; partial are steps { endMs, brokers } that lack some. */
export function chart({ title, series: whole, stepSeconds, endMs, format, partial = [] }) {
  const series = sinceMeasured(whole);
  const steps = series[0]?.values.length ?? 0;
  const most = Math.max(0, ...series.flatMap(one => one.values.filter(value => value !== null)));
  const scale = most === 0 ? 1 : most;
  const isEmpty = series.every(one => one.values.every(value => value === null));
  const now = values => values.at(-1) ?? null;
  const summary = isEmpty ? 'nothing was measured' : series.map(one => `${one.name} ${format(now(one.values))} now, ${format(Math.max(0, ...one.values.filter(value => value !== null)))} at most`).join('; ');
  const stepMs = stepSeconds * 1000;
  const startMs = endMs - (steps - 1) * stepMs;
  const lacks = new Map(partial.map(one => [Math.round((one.endMs - startMs) / stepMs), one.brokers]));
  const shown = { series, steps, stepMs, startMs, endMs, format, summary, lacks };
  const wide = WIDTH / Math.max(1, steps - 1);
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    [...lacks.keys()].map(step => svg('rect', { class: 'partial', x: String((step - 0.5) * wide), y: '0', width: String(wide), height: String(HEIGHT) })),
    [0.25, 0.5, 0.75].map(at => svg('line', { class: 'grid', x1: '0', x2: String(WIDTH), y1: String(HEIGHT * at), y2: String(HEIGHT * at) })),
    series.map((one, i) => svg('path', { class: `line s${i}`, d: lineOf(one.values, scale) })),
    svg('line', { class: 'cross', x1: '-9', x2: '-9', y1: '0', y2: String(HEIGHT) }));
  return h('figure', { class: 'chart', key: `chart-${title}` },
    h('figcaption', {}, h('strong', {}, title), h('span', { class: 'legend' }, series.map((one, i) => h('span', {},
      h('i', { class: `swatch s${i}` }), one.name, ' ', h('b', {}, format(now(one.values))))))),
    // A slider, since that is what screen readers leave the arrow keys to and read out after each of them.
    h('div', {
      class: 'plot', role: 'slider', tabindex: '0', 'aria-label': title, 'aria-readonly': 'true',
      'aria-valuemin': '0', 'aria-valuemax': String(steps - 1), 'aria-valuenow': String(steps - 1), 'aria-valuetext': summary,
      onpointermove: event => point(event, shown),
      onpointerdown: event => { point(event, shown, true); event.currentTarget.focus({ preventScroll: true }); },
      onpointerleave: event => read(event.currentTarget, shown, { share: undefined }),
      onfocus: event => read(event.currentTarget, shown, { ms: event.currentTarget.reading?.ms ?? endMs }),
      onblur: event => read(event.currentTarget, shown, { ms: undefined }),
      onkeydown: event => press(event, shown),
      onredraw: event => read(event.currentTarget, shown),
    }, picture, isEmpty ? h('p', { class: 'quiet nothing' }, 'Nothing was measured.') : h('span', { class: 'most' }, format(most)), h('output', { hidden: true, 'aria-hidden': 'true' })),
    h('div', { class: 'axis' }, h('span', {}, clock(new Date(shown.startMs)).slice(0, 5)), h('span', {}, clock(new Date(endMs)).slice(0, 5))));
}

function sinceMeasured(series) {
  const first = Math.min(...series.map(one => one.values.findIndex(value => value !== null)).map(at => at < 0 ? Infinity : at));
  const length = series[0]?.values.length ?? 0;
  const from = Math.max(0, Math.min(first, length - FEWEST_STEPS));
  return series.map(one => ({ ...one, values: one.values.slice(from) }));
}

function lineOf(values, scale) {
  const x = i => values.length < 2 ? 0 : (i * WIDTH / (values.length - 1)).toFixed(1);
  let isDown = false;
  return values.map((value, i) => {
    const command = value === null ? '' : `${isDown ? 'L' : 'M'}${x(i)} ${(HEIGHT - 2 - value / scale * (HEIGHT - 8)).toFixed(1)}`;
    // A value that stands alone still has to be seen.
    const dot = value !== null && !isDown && (values[i + 1] ?? null) === null ? 'h0.1' : '';
    isDown = value !== null;
    return command + dot;
  }).join('');
}

/** What the pointer is over; a click, and a finger wherever it goes, also leaves the read-out there. */
function point(event, shown, isHeld = event.pointerType === 'touch') {
  const box = event.currentTarget.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  read(event.currentTarget, shown, isHeld ? { share, ms: shown.startMs + share * (shown.endMs - shown.startMs) } : { share });
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };

function press(event, shown) {
  if (!(event.key in STEPS))
    return;
  event.preventDefault();
  const ms = (event.currentTarget.reading?.ms ?? shown.endMs) + STEPS[event.key] * shown.stepMs;
  read(event.currentTarget, shown, { share: undefined, ms: Math.min(shown.endMs, Math.max(shown.startMs, ms)) });
}

/** Shows what stands where the pointer is, which stays where it is while time goes on, or at the moment that keys went to, which goes with it. */
function read(plot, { series, steps, startMs, stepMs, format, summary, lacks }, change) {
  const { share, ms } = plot.reading = { ...plot.reading, ...change };
  const last = Math.max(1, steps - 1);
  const step = share !== undefined ? Math.round(share * last) : ms !== undefined ? Math.min(last, Math.max(0, Math.round((ms - startMs) / stepMs))) : null;
  const output = plot.querySelector('output');
  output.hidden = step === null;
  output.classList.toggle('before', step > last / 2);
  plot.querySelectorAll('.cross').forEach(cross => ['x1', 'x2'].forEach(end => cross.setAttribute(end, step === null ? -9 : step * WIDTH / last)));
  plot.setAttribute('aria-valuenow', step ?? steps - 1);
  if (step === null) {
    plot.setAttribute('aria-valuetext', summary);
    return;
  }
  const at = clock(new Date(startMs + step * stepMs));
  const values = series.map(one => [one.name, (one.values[step] ?? null) === null ? 'not measured' : format(one.values[step])]);
  const lack = lacks.has(step) && `without broker${lacks.get(step).length > 1 ? 's' : ''} ${lacks.get(step).join(', ')}`;
  render(output, h('time', {}, at), values.map(([name, value], i) => h('span', {}, h('i', { class: `swatch s${i}` }), `${name} `, h('b', {}, value))), lack && h('span', {}, lack));
  plot.setAttribute('aria-valuetext', `${at}: ${[...values.map(pair => pair.join(' ')), ...(lack ? [lack] : [])].join(', ')}`);
}
