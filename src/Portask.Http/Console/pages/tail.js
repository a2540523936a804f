// Records as they come. After a break it goes on behind the last record of each partition that was seen.

import { Problem, get, parse, path, query } from '../core/api.js';
import { connection } from '../core/connection.js';

/** Records that are shown; older ones give way. */
export const KEEPS = 500;
const RETRY_MS = 1_000;
const DRAW_MS = 100;

// Who looks at something else for a moment misses nothing; a tab that was forgotten keeps no connection and no broker busy.
const HIDDEN_MS = 60_000;

/** Partitions with their offsets, both as text: an offset may be more than a number holds. */
const places = text => text.split(',').map(place => place.split(':'));

export class Tail {
  #topic; #changed; #filter; #source; #timer; #hidden; #drawing; #isPaused = false; #off = []; #turn; #next = new Map();
  isOn = false; isConnected = false; messages = []; received = 0; skipped = 0; failure = '';

  constructor(topic, changed) {
    this.#topic = topic;
    this.#changed = changed;
  }

  async start(filter) {
    this.stop();
    Object.assign(this, { isOn: true, messages: [], received: 0, skipped: 0, failure: '' });
    this.#filter = filter;
    this.#next.clear();
    const look = () => document.hidden ? this.#away() : this.#back();
    document.addEventListener('visibilitychange', look);
    this.#off = [
      // The broker that is back is asked at once.
      connection.listen(isUp => isUp && !this.#isPaused && this.#source === undefined && this.#open()),
      () => document.removeEventListener('visibilitychange', look),
    ];
    await this.#open();
  }

  stop() {
    this.isOn = this.isConnected = false;
    this.#close();
    clearTimeout(this.#hidden);
    this.#isPaused = false;
    this.failure = '';
    this.#off.splice(0).forEach(off => off());
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#changed();
  }

  #away() {
    clearTimeout(this.#hidden);
    this.#hidden = setTimeout(() => {
      this.#close();
      // Whoever still waits for an answer to open it has waited for nothing.
      this.#turn = undefined;
      this.#isPaused = true;
      this.isConnected = false;
    }, HIDDEN_MS);
  }

  #back() {
    clearTimeout(this.#hidden);
    if (!this.#isPaused)
      return;
    this.#draw();
    this.#isPaused = false;
    this.#open();
  }

  async #open() {
    clearTimeout(this.#timer);
    const filter = this.#filter;
    // The timer and the broker that is back may both have asked: one stream is enough, and two would show records twice.
    const turn = this.#turn = {};
    const isLeft = () => !this.isOn || this.#turn !== turn;
    try {
      // Where every partition ends is known before the first record: one that comes while the tail is cut off is not missed.
      // Later on it is asked why the tail was cut off, which an event source does not tell: the topic may be gone.
      const { next } = await get(path`topics/${this.#topic}/messages` + query({ partition: filter.partition, isolation: filter.isolation, offset: 'latest', limit: 1 }));
      if (isLeft())
        return;
      const isFirst = this.#next.size === 0;
      for (const [partition, offset] of places(next))
        // Of a partition that was added meanwhile nothing was shown yet.
        if (!this.#next.has(partition))
          this.#next.set(partition, isFirst ? offset : '0');
    } catch (cause) {
      if (isLeft())
        return;
      if (cause instanceof Problem && cause.status === 404)
        this.stop();
      this.failure = cause.message;
      this.#again();
      return;
    }
    const from = [...this.#next].map(([partition, offset]) => `${partition}:${offset}`).join(',');
    const source = this.#source = new EventSource('api/' + path`topics/${this.#topic}/tail` + query({ ...filter, from }));
    source.addEventListener('open', () => { this.isConnected = true; this.failure = ''; this.#draw(); });
    source.addEventListener('message', event => this.#take(parse(event.data), event.lastEventId));
    source.addEventListener('skipped', event => this.#skip(parse(event.data)));
    source.addEventListener('error', event => {
      if (this.#source !== source)
        return;
      this.failure = event.data ? JSON.parse(event.data).detail : '';
      if (!event.data)
        connection.doubt();
      this.#again();
    });
  }

  #take(message, id) {
    for (const [partition, offset] of places(id))
      this.#next.set(partition, offset);
    this.received++;
    this.messages.unshift(message);
    this.messages.length = Math.min(this.messages.length, KEEPS);
    this.#draw();
  }

  #skip({ partition, from, to }) {
    this.#next.set(String(partition), to);
    this.skipped += to - from;
    this.#draw();
  }

  #again() {
    this.#close();
    this.isConnected = false;
    this.#draw();
    if (!this.isOn)
      return;
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  // However many come, they are drawn some times a second.
  #draw() {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#changed();
    }, DRAW_MS);
  }
}
