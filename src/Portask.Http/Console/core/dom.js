// Builds and updates elements. Text is only ever set as text: nothing that was read from a topic is parsed as markup.

const SVG = 'http://www.w3.org/2000/svg';

export const h = (tag, attributes, ...children) => make(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => make(document.createElementNS(SVG, tag), attributes, children);

/** An element that owns itself: drawing again leaves it as it is, with what was typed into it. */
export const keep = (name, element) => Object.assign(h('div', { 'data-keep': name }), { kept: element });

/** Makes the children of an element what is given, touching only what differs, so that focus and scrolling stay. */
export function render(parent, ...children) {
  const focused = document.activeElement;
  morphChildren(parent, nodesOf(children));
  for (const place of parent.querySelectorAll('[data-keep]'))
    if (place.kept && place.kept.parentNode !== place)
      place.replaceChildren(place.kept);
  // A row that changed places with another one has lost it.
  if (focused !== document.activeElement && parent.contains(focused))
    focused.focus({ preventScroll: true });
}

function make(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false)
      continue;
    if (name === 'key')
      element.key = value;
    else if (name === 'style')
      Object.entries(value).forEach(([property, text]) => element.style.setProperty(property, text));
    else if (name.startsWith('on'))
      listen(element, name.slice(2), value);
    else
      element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...nodesOf(children));
  return element;
}

function nodesOf(children) {
  return children.flat(Infinity)
    .filter(child => child !== undefined && child !== null && child !== false)
    .map(child => child instanceof Node ? child : document.createTextNode(child));
}

// Listeners are looked up when the event comes, so that an element that is kept calls what it was last drawn with.
function listen(element, type, listener) {
  element.listeners ??= {};
  if (!(type in element.listeners))
    element.addEventListener(type, dispatch);
  element.listeners[type] = listener;
}

function dispatch(event) {
  return event.currentTarget.listeners[event.type]?.(event);
}

function morphChildren(parent, next) {
  const keys = new Set(next.map(node => node.key));
  const keyed = new Map();
  for (const child of [...parent.childNodes]) {
    if (child.key === undefined)
      continue;
    if (keys.has(child.key))
      keyed.set(child.key, child);
    else
      child.remove();
  }
  let at = parent.firstChild;
  for (const node of next) {
    const match = node.key === undefined ? at : keyed.get(node.key);
    if (!match || !isSame(match, node)) {
      parent.insertBefore(node, at);
      continue;
    }
    if (match === at)
      at = at.nextSibling;
    else
      parent.insertBefore(match, at);
    patch(match, node);
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}

const isSame = (old, node) => old.nodeName === node.nodeName && old.key === node.key && old.dataset?.keep === node.dataset?.keep;

function patch(old, node) {
  if (old === node)
    return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== node.data)
      old.data = node.data;
    return;
  }
  if (old.dataset.keep) {
    old.kept = node.kept;
    return;
  }
  patchAttributes(old, node);
  for (const [type, listener] of Object.entries(node.listeners ?? {}))
    listen(old, type, listener);
  for (const type of Object.keys(old.listeners ?? {}))
    if (!node.listeners || !(type in node.listeners))
      old.listeners[type] = undefined;
  morphChildren(old, [...node.childNodes]);
  // What its listeners have put into it since is put there again.
  if (old.listeners?.redraw)
    old.dispatchEvent(new Event('redraw'));
}

function patchAttributes(old, node) {
  // As an attribute it would be inline style, which the policy forbids.
  if (old.style.cssText !== node.style.cssText)
    old.style.cssText = node.style.cssText;
  // Whether details are open is the reader's own.
  const isLeft = name => name === 'style' || (name === 'open' && old.nodeName === 'DETAILS');
  for (const { name, value } of [...node.attributes])
    if (!isLeft(name) && old.getAttribute(name) !== value)
      old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!isLeft(name) && !node.hasAttribute(name))
      old.removeAttribute(name);
}
