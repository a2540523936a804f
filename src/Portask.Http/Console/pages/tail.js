// Records as they come. After a break it goes on behind the last record of each partition that was seen.

import { get, path, query } from '../core/api.js';
import { connection } from '../core/connection.js';

const KEEPS = 500;
const RETRY_MS = 1_000;

export class Tail {
  #topic; #changed; #filter; #source; #timer; #frame; #off; #turn; #next = new Map();
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
    // The broker that is back is asked at once.
    this.#off = connection.listen(isUp => isUp && this.#source === undefined && this.#open());
    await this.#open();
  }

  stop() {
    this.isOn = this.isConnected = false;
    this.#close();
    this.#off?.();
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#changed();
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
      if (this.#next.size === 0)
        this.#seen(next);
    } catch (cause) {
      if (isLeft())
        return;
      this.failure = cause.message;
      this.#again();
      return;
    }
    const from = [...this.#next].map(([partition, offset]) => `${partition}:${offset}`).join(',');
    const source = this.#source = new EventSource('api/' + path`topics/${this.#topic}/tail` + query({ ...filter, from }));
    source.addEventListener('open', () => { this.isConnected = true; this.failure = ''; this.#draw(); });
    source.addEventListener('message', event => this.#take(JSON.parse(event.data), event.lastEventId));
    source.addEventListener('skipped', event => this.#skip(JSON.parse(event.data)));
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
    this.#seen(id);
    this.received++;
    this.messages.unshift(message);
    this.messages.length = Math.min(this.messages.length, KEEPS);
    this.#draw();
  }

  #skip({ partition, from, to }) {
    this.#next.set(partition, to);
    this.skipped += to - from;
    this.#draw();
  }

  #seen(positions) {
    for (const position of positions.split(',')) {
      const [partition, offset] = position.split(':').map(Number);
      this.#next.set(partition, offset);
    }
  }

  #again() {
    this.#close();
    this.isConnected = false;
    if (!this.isOn)
      return;
    this.#draw();
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  // However many come, they are drawn once a frame.
  #draw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#changed();
    });
  }
}
