/**
 * How the sandbox's two sites reach the bridge, and nothing but the bridge. Browsers take every name under .localhost for
 * this machine and Node does not, so their requests go through the same way out as the bridge's own.
 */
import type { CustomFetch } from 'openid-client';
import { createEgress, type Egress } from '../lib/egress.js';

export interface BridgeFetch {
  /** For the application's OAuth library. */
  fetch: CustomFetch;
  /** For the LMS. */
  send: Egress['send'];
  close(): Promise<void>;
}

export function createBridgeFetch(publicUrl: string): BridgeFetch {
  const egress = createEgress({ allow: [new URL(publicUrl).host] });
  return {
    async fetch(url, { method, headers, body }) {
      const answer = await egress.send(url, {
        method: method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(new Headers(headers)),
        body: body === undefined || body === null ? undefined : String(body),
      });
      const empty = answer.status === 204 || answer.status === 304;
      return new Response(empty ? null : answer.body, { status: answer.status, headers: answer.headers });
    },
    send: (url, options) => egress.send(url, options),
    close: () => egress.close(),
  };
}
