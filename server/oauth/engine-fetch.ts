/** The engine's way out, for the key sets of private_key_jwt applications: through our egress, with all its guards. */
import type { Egress } from '../lib/egress.js';

export function engineFetch(egress: Egress): typeof fetch {
  return async function engineFetch(input, options = {}) {
    const address = input instanceof Request ? input.url : String(input);
    const headers = Object.fromEntries(new Headers(options.headers));
    const { status, body, headers: answered } = await egress.send(address, { headers });
    // The body was decoded on its way in; what its length and encoding were no longer holds.
    const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = answered;
    return new Response(body, { status, headers: rest });
  };
}
