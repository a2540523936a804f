// What the broker's settings allow, and which node this is: asked once, and again when it comes back, since it may have been started anew with others.

import { get } from './api.js';

export const allowed = { change: false, contents: true, nodeId: null };

export async function readRestrictions() {
  const cluster = await get('cluster');
  allowed.change = !cluster.restrictions.readOnly;
  allowed.contents = !cluster.restrictions.hideMessages;
  allowed.nodeId = cluster.nodeId;
}
