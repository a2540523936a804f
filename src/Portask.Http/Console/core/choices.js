// What a reader chose for this browser.

const chosen = new Map();

export function choiceOf(name) {
  try {
    return chosen.get(name) ?? localStorage.getItem(`portask.${name}`);
  } catch {
    return null;
  }
}

export function choose(name, value) {
  chosen.set(name, value);
  try {
    localStorage.setItem(`portask.${name}`, value);
  } catch {
    // A browser that keeps nothing for this address: it holds until the page is left.
  }
}
