// Runs the page that is shown: loads it, draws it, and loads it again every few seconds while somebody can see it.

import { h, render } from './dom.js';
import { connection } from './connection.js';
import { amend } from './router.js';

const EVERY_MS = 5_000;
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
  #main; #page; #timer; #loading; #data; #off = []; #isStopped = false;

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
    this.#page.stop?.();
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
    if (!this.#isStopped && this.#data !== undefined)
      render(this.#main, this.#data instanceof Error ? failure(this.#data, this.#page.title) : this.#page.draw(this.#data));
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
      this.#data = data;
      this.draw();
    } catch (cause) {
      if (loading.signal.aborted)
        return;
      // What was shown stays while the broker is away.
      if (connection.isUp || this.#data === undefined) {
        this.#data = connection.isUp ? cause : this.#data;
        this.draw();
      }
    }
    this.#timer = setTimeout(() => this.#again(), this.#page.every ?? EVERY_MS);
  }

  #again() {
    // Whoever looks again, or the broker that is back, loads it then.
    if (!document.hidden && connection.isUp)
      this.reload();
  }
}

function failure(cause, title) {
  return [
    h('h1', { key: 'h', tabindex: '-1' }, title),
    h('div', { class: 'notice bad', key: 'failure', role: 'alert' }, h('strong', {}, cause.error || 'Failed'), h('p', {}, cause.message)),
  ];
}
