// Runs the page that is shown: loads it, draws it, and loads it again every few seconds while somebody can see it.

import { h, render } from './dom.js';
import { Problem } from './api.js';
import { connection } from './connection.js';
import { clock, span } from './format.js';
import { amend } from './router.js';

const EVERY_MS = 5_000;
const line = () => document.getElementById('stale');
let shown;

/** Shows a page in the place of the one before. */
export function show(main, make, route) {
  shown?.stop();
  shown = new View(main, route);
  shown.start(make);
}

/** Loads what is shown now. */
export const refresh = () => shown?.reload();

class View {
  #main; #page; #timer; #loading; #data; #loadedAt; #failure; #off = []; #isStopped = false;

  constructor(main, route) {
    this.#main = main;
    this.route = route;
    this.query = route.query;
  }

  start(make) {
    this.#page = make(this, ...this.route.parts.slice(1));
    document.title = `${this.#page.title} · Portask`;
    render(this.#main, h('p', { class: 'quiet', key: 'loading' }, 'Loading …'));
    this.#off.push(connection.listen(isUp => isUp ? this.reload() : this.draw()));
    const seen = () => document.hidden || this.reload();
    document.addEventListener('visibilitychange', seen);
    this.#off.push(() => document.removeEventListener('visibilitychange', seen));
    this.reload();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.#off.forEach(off => off());
    render(line());
  }

  /** Called when the page goes. */
  onStop(off) { this.#off.push(off); }

  /** Changes the query of the address and loads again. */
  set(values) {
    // Whoever typed may have left meanwhile, and the address is that of another page.
    if (this.#isStopped)
      return undefined;
    this.query = amend(values);
    return this.reload();
  }

  draw() {
    if (this.#isStopped)
      return;
    const isThere = this.#data !== undefined;
    render(line(), isThere && this.#failure && connection.isUp && stale(this.#failure, this.#loadedAt));
    if (isThere)
      render(this.#main, this.#page.draw(this.#data));
    else if (this.#failure)
      render(this.#main, failed(this.#failure, this.#page.title));
  }

  async reload() {
    // A dialog that outlives its page asks for this at its end.
    if (this.#isStopped)
      return;
    clearTimeout(this.#timer);
    this.#loading?.abort();
    const loading = this.#loading = new AbortController();
    try {
      const data = await this.#page.load(loading.signal);
      if (loading.signal.aborted)
        return;
      [this.#data, this.#loadedAt, this.#failure] = [data, Date.now(), undefined];
    } catch (cause) {
      if (loading.signal.aborted)
        return;
      // What is gone is shown no longer. Anything else may pass, and what was shown is better than nothing meanwhile.
      if (cause instanceof Problem && cause.status === 404)
        this.#data = undefined;
      // While the broker is away the banner says so, and it is no failure of the page.
      if (connection.isUp)
        this.#failure = cause;
    }
    this.#timer = setTimeout(() => this.#again(), this.#page.every ?? EVERY_MS);
    this.draw();
  }

  #again() {
    // Whoever looks again, or the broker that is back, loads it then.
    if (!document.hidden && connection.isUp)
      this.reload();
  }
}

// What is read out does not change from one failure to the next, so it is heard once.
const stale = (cause, loadedAt) => h('p', { class: 'stale' },
  h('strong', { role: 'alert' }, 'This page could not be loaded again.'), ' ',
  h('span', {}, cause.message), ' ',
  h('span', {}, `What stands here is of ${clock(new Date(loadedAt))}, ${span(Date.now() - loadedAt)} ago.`));

function failed(cause, title) {
  return [
    h('h1', { key: 'h', tabindex: '-1' }, title),
    h('div', { class: 'notice bad', key: 'failure', role: 'alert' }, h('strong', {}, cause.error || 'Failed'), h('p', {}, cause.message)),
  ];
}
