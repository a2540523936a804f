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
export const post = (path, body) => ask('POST', path, body);
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
    response = await fetch(address(where), {
      method, headers, body: body === undefined ? undefined : write(body),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    compare(response);
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted)
      throw cause;
    const changes = method === 'GET' || where.endsWith('/preview') ? '' : ' It may have been done all the same.';
    // One question may take too long while the broker answers all others.
    if (patience.aborted) {
      connection.doubt();
      throw new Problem(504, { error: 'REQUEST_TIMED_OUT', detail: `There was no answer within ${PATIENCE_MS / 1000} s.${changes}` });
    }
    connection.lost();
    // What browsers say of it themselves, such as “Failed to fetch”, is for nobody.
    throw new Error(`The broker does not answer.${changes}`, { cause });
  }
  return judge(response, text);
}

/** What an answer says, and whether it says that the broker is there. */
function judge(response, text) {
  const answer = read(text);
  // A broker that starts or stops says so itself; what stands before it may say so for it.
  if ((response.status === 503 && answer?.error === 'BROKER_NOT_AVAILABLE') || response.status === 502)
    connection.lost();
  else
    connection.found();
  if (!response.ok)
    throw new Problem(response.status, answer);
  if (answer === undefined)
    throw new Problem(502, { error: 'INVALID_ANSWER', detail: 'What answers at this address is not the broker: a proxy, or a page to log in, may stand before it.' });
  return answer;
}

/**
 * Server-sent events, each given to take(name, data, id) as text. It ends where they end, and throws where they do not begin or break off.
 * EventSource would tell neither status nor reason.
 */
export async function listen(where, signal, opened, take) {
  const response = await fetch(address(where), { signal, headers: { Accept: 'text/event-stream' } });
  if (!response.ok)
    throw new Problem(response.status, read(await response.text()));
  opened();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { done, value } = await reader.read();
    if (done)
      return;
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const of = Object.fromEntries(event.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      if (of.data !== undefined)
        take(of.event, of.data, of.id);
    }
  }
}

/** An address of the API. An id of nothing but dots, which browsers take for a step in the path, goes into the query. */
function address(where) {
  const [, before, id, after] = /^([^?]*\/)(\.\.?)(?![^/?])(.*)$/.exec(where) ?? [];
  return 'api/' + (id === undefined ? where : `${before}-${after}${after.includes('?') ? '&' : '?'}id=${id}`);
}

/** JSON in which a BigInt is a number to its last digit. */
function write(value) {
  if (typeof value === 'bigint')
    return String(value);
  if (Array.isArray(value))
    return `[${value.map(write)}]`;
  return value !== null && typeof value === 'object' ? `{${Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`)}}` : JSON.stringify(value);
}

function read(text) {
  try {
    return text === '' ? null : parse(text);
  } catch {
    return undefined;
  }
}

// Strings are matched to be passed over: what is in them is no number.
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Reads JSON. A whole number beyond 2^53, which an offset may be, becomes text, so that it is shown to the last digit; arithmetic takes it too, rounded. */
export const parse = text => JSON.parse(/\d{16}/.test(text)
  ? text.replace(TOKENS, token => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token)
  : text);
