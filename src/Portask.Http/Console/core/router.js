// Addresses are behind the hash, so the server has one page and any prefix before it will do.

/** The parts of the address and its query. */
export function current() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return { parts: path.split('/').filter(part => part !== '').map(decode), query: new URLSearchParams(query ?? '') };
}

/** An address of the console: names first, then what is in the query. */
export function href(names, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const query = given.length === 0 ? '' : '?' + new URLSearchParams(given);
  return '#/' + names.map(encodeURIComponent).join('/') + query;
}

/** Goes to an address. */
export const go = address => { location.hash = address; };

/** Changes the address of the page that is shown, without leaving it. */
export function amend(values) {
  const { parts, query } = current();
  const all = { ...Object.fromEntries(query), ...values };
  history.replaceState(null, '', href(parts, all));
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined && value !== null && value !== ''));
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
