// Records as they come. After a break it goes on behind the last record of each partition that was seen.

import { Problem, get, listen, parse, path, query } from '../core/api.js';
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
  #topic; #changed; #filter; #timer; #hidden; #drawing; #isPaused = false; #off = []; #turn; #next = new Map();

  /** Whether the broker follows as many tails as it takes: then it is not asked again and again. */
  isRefused = false;
  isOn = false; isConnected = false; messages = []; received = 0; skipped = 0; failure = '';

  constructor(topic, changed) {
    this.#topic = topic;
    this.#changed = changed;
  }

  async start(filter) {
    this.stop();
    Object.assign(this, { isOn: true, messages: [], received: 0, skipped: 0 });
    this.#filter = filter;
    this.#next.clear();
    const look = () => document.hidden ? this.#away() : this.#back();
    document.addEventListener('visibilitychange', look);
    this.#off = [
      // The broker that is back is asked at once, and while it is away it is asked by others.
      connection.listen(isUp => isUp && !this.#isPaused && this.#turn === undefined && this.retry()),
      () => document.removeEventListener('visibilitychange', look),
    ];
    await this.retry();
  }

  stop() {
    this.isOn = false;
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
      this.#isPaused = true;
    }, HIDDEN_MS);
  }

  #back() {
    clearTimeout(this.#hidden);
    if (!this.#isPaused)
      return;
    this.#draw();
    this.#isPaused = false;
    this.retry();
  }

  /** Takes it up where it was. */
  async retry() {
    this.#close();
    // The timer and the broker that is back may both have asked: one stream is enough, and two would show records twice.
    const turn = this.#turn = new AbortController();
    this.isRefused = false;
    try {
      await this.#follow(turn.signal);
      if (turn.signal.aborted)
        return;
      this.failure = '';
    } catch (cause) {
      if (turn.signal.aborted)
        return;
      this.#fail(cause);
    }
    this.#close();
    this.#draw();
    if (this.isOn && !this.isRefused && connection.isUp)
      this.#timer = setTimeout(() => this.retry(), RETRY_MS);
  }

  /** Ends where the stream does. */
  async #follow(signal) {
    const filter = this.#filter;
    // Where every partition ends is known before the first record: one that comes while the tail is cut off is not missed.
    const { next } = await get(path`topics/${this.#topic}/messages` + query({ partition: filter.partition, isolation: filter.isolation, offset: 'latest', limit: 1 }), signal);
    const isFirst = this.#next.size === 0;
    for (const [partition, offset] of places(next))
      // Of a partition that was added meanwhile nothing was shown yet.
      if (!this.#next.has(partition))
        this.#next.set(partition, isFirst ? offset : '0');
    const from = [...this.#next].map(([partition, offset]) => `${partition}:${offset}`).join(',');
    const opened = () => { this.isConnected = true; this.failure = ''; this.#draw(); };
    await listen(path`topics/${this.#topic}/tail` + query({ ...filter, from }), signal, opened, (name, data, id) => {
      if (name === 'message')
        this.#take(parse(data), id);
      else if (name === 'skipped')
        this.#skip(parse(data));
      else if (name === 'error')
        throw new Error(parse(data).detail);
    });
  }

  #fail(cause) {
    this.isRefused = cause instanceof Problem && cause.status === 429;
    // Nothing but another question would have another answer.
    if (cause instanceof Problem && cause.status < 500 && !this.isRefused)
      this.stop();
    // A connection that breaks off tells no reason: the banner says it where the broker is away.
    if (cause instanceof TypeError)
      connection.doubt();
    else
      this.failure = cause.message;
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

  #close() {
    clearTimeout(this.#timer);
    this.#turn?.abort();
    this.#turn = undefined;
    this.isConnected = false;
  }

  // However many come, they are drawn some times a second.
  #draw() {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#changed();
    }, DRAW_MS);
  }
}
