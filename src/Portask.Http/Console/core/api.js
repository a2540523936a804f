// Asks the broker. Every answer tells whether it is there.

import { compare } from './clock.js';
import { connection } from './connection.js';

/** A problem as the API has it, with Kafka's name for it in error. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.error = body?.error ?? '';
  }
}

export const get = (path, signal) => ask('GET', path, undefined, signal);
export const post = (path, body, signal) => ask('POST', path, body, signal);
export const patch = (path, body) => ask('PATCH', path, body);
export const remove = path => ask('DELETE', path);

/** A path with each name escaped; names hold slashes and anything else. */
export const path = (parts, ...names) => parts.reduce((whole, part, i) => whole + encodeURIComponent(names[i - 1]) + part);

/** A query of what is given. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length === 0 ? '' : '?' + new URLSearchParams(given);
}

const PATIENCE_MS = 20_000;

async function ask(method, where, body, signal) {
  const headers = method === 'GET' ? {} : { 'X-Portask': 'console' };
  if (body !== undefined)
    headers['Content-Type'] = 'application/json';
  const patience = AbortSignal.timeout(PATIENCE_MS);
  let response;
  let text;
  try {
    response = await fetch('api/' + where, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted)
      throw cause;
    // One question may take too long while the broker answers all others.
    if (patience.aborted) {
      connection.doubt();
      throw new Problem(504, { error: 'REQUEST_TIMED_OUT', detail: `There was no answer within ${PATIENCE_MS / 1000} s.` });
    }
    connection.lost();
    throw cause;
  }
  compare(response);
  const answer = read(text);
  // A broker that starts or stops says so itself; what stands before it may say so for it.
  if ((response.status === 503 && answer?.error === 'BROKER_NOT_AVAILABLE') || response.status === 502)
    connection.lost();
  else
    connection.found();
  if (!response.ok)
    throw new Problem(response.status, answer);
  return answer;
}

function read(text) {
  try {
    return text === '' ? null : parse(text);
  } catch {
    return null;
  }
}

// Strings are matched to be passed over: what is in them is no number.
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Reads JSON. A whole number beyond 2^53, which an offset may be, becomes text, so that it is shown to the last digit; arithmetic takes it too, rounded. */
export const parse = text => JSON.parse(/\d{16}/.test(text)
  ? text.replace(TOKENS, token => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token)
  : text);
