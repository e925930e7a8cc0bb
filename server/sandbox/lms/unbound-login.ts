/**
 * Makes a login in the browser's place. What the bridge gives a browser to recognise it by (cookie, storage) then stays
 * here and is thrown away, and the browser that brings the message has nothing to show.
 */
import type { Egress } from '../../lib/egress.js';
import { BridgeError } from '../../lib/errors.js';

/** @returns the authentication request: the address that the bridge sends the browser to */
export async function unboundLogin(
  send: Egress['send'],
  toolLoginUrl: string,
  parameters: Record<string, string>,
): Promise<string> {
  const answer = await send(toolLoginUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
  // A bridge that wants to see first what the browser keeps answers with a page that has the address as a link.
  const link = /<a [^>]*id="continue"[^>]*>/.exec(answer.body)?.[0];
  const destination =
    answer.headers.location ?? /href="([^"]*)"/.exec(link ?? '')?.[1]?.replaceAll('&amp;', '&');
  if (!destination)
    throw new BridgeError('request_invalid', { detail: `the login was answered with ${answer.status}` });
  return destination;
}
