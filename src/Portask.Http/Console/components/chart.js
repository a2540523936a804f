// Lines over time. The drawing stretches to its place; texts are beside it, so that they do not stretch with it.

import { h, svg } from '../core/dom.js';
import { clock } from '../core/format.js';

const WIDTH = 600;
const HEIGHT = 120;

// A broker that has just started has little to show, and that little is not to be one line at the edge.
const FEWEST_STEPS = 60;

/** A chart of series { name, values }, null where nothing was measured, the last value at endMs. */
export function chart({ title, series: whole, stepSeconds, endMs, format }) {
  const series = sinceMeasured(whole);
  const steps = series[0]?.values.length ?? 0;
  const most = Math.max(0, ...series.flatMap(one => one.values.filter(value => value !== null)));
  const scale = most === 0 ? 1 : most;
  const now = values => values.findLast(value => value !== null) ?? null;
  const summary = series.map(one => `${one.name} ${format(now(one.values))} now, ${format(Math.max(0, ...one.values.filter(value => value !== null)))} at most`).join('; ');
  const startMs = endMs - (steps - 1) * stepSeconds * 1000;
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    [0.25, 0.5, 0.75].map(at => svg('line', { class: 'grid', x1: '0', x2: String(WIDTH), y1: String(HEIGHT * at), y2: String(HEIGHT * at) })),
    series.map((one, i) => svg('path', { class: `line s${i}`, d: lineOf(one.values, scale) })),
    svg('line', { class: 'cross', x1: '-9', x2: '-9', y1: '0', y2: String(HEIGHT) }));
  return h('figure', { class: 'chart', key: `chart-${title}` },
    h('figcaption', {}, h('strong', {}, title), h('span', { class: 'legend' }, series.map((one, i) => h('span', {},
      h('i', { class: `swatch s${i}` }), one.name, ' ', h('b', {}, format(now(one.values))))))),
    h('div', {
      class: 'plot', role: 'img', 'aria-label': `${title}: ${summary}`,
      onpointermove: event => readOut(event, { series, steps, startMs, stepSeconds, format }),
      onpointerleave: event => { event.currentTarget.querySelector('output').hidden = true; cross(event.currentTarget, -9); },
    }, picture, h('span', { class: 'most' }, format(most)), h('output', { hidden: true })),
    h('div', { class: 'axis' }, h('span', {}, clock(new Date(startMs)).slice(0, 5)), h('span', {}, clock(new Date(endMs)).slice(0, 5))));
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

function readOut(event, { series, steps, startMs, stepSeconds, format }) {
  const plot = event.currentTarget;
  const box = plot.getBoundingClientRect();
  const step = Math.min(steps - 1, Math.max(0, Math.round((event.clientX - box.left) / box.width * (steps - 1))));
  const output = plot.querySelector('output');
  output.hidden = false;
  output.textContent = `${clock(new Date(startMs + step * stepSeconds * 1000))}  ${series.map(one => `${one.name} ${format(one.values[step])}`).join('  ')}`;
  cross(plot, step * WIDTH / Math.max(1, steps - 1));
}

function cross(plot, x) {
  const line = plot.querySelector('.cross');
  line.setAttribute('x1', x);
  line.setAttribute('x2', x);
}
