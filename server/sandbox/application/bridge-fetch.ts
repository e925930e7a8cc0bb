/**
 * How the demonstration application reaches the bridge, and nothing but the bridge. Browsers take every name under
 * .localhost for this machine and Node does not, so its requests go through the same way out as the bridge's own.
 */
import type { CustomFetch } from 'openid-client';
import { createEgress } from '../../lib/egress.js';

export interface BridgeFetch {
  fetch: CustomFetch;
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
    close: () => egress.close(),
  };
}
