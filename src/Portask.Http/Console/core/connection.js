// Whether the broker answers. While it does not, it is asked again and again, by one question for the whole console.

const RETRY_MS = 2_000;
const listeners = new Set();
let isUp = true;
let timer;

export const connection = {
  get isUp() { return isUp; },

  /** Told true when the broker is back, false when it is gone. */
  listen(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  lost() {
    if (!isUp)
      return;
    isUp = false;
    tell();
    timer = setInterval(async () => !document.hidden && await probe() && connection.found(), RETRY_MS);
  },

  /** Something broke that tells no reason: asks whether the broker is there. */
  doubt() {
    if (isUp)
      probe().then(isThere => isThere || connection.lost());
  },

  found() {
    if (isUp)
      return;
    isUp = true;
    clearInterval(timer);
    tell();
  },
};

function tell() {
  for (const listener of [...listeners])
    listener(isUp);
}

async function probe() {
  try {
    // Any answer but that it starts will do, and this one costs next to nothing.
    const response = await fetch('api/topics?limit=1', { signal: AbortSignal.timeout(RETRY_MS) });
    return response.status !== 503 && response.status !== 502;
  } catch {
    return false;
  }
}
