/** The listener page as a test without a browser uses it: reads what the page holds and sends what its script would. */
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import type { TestBridge } from './bridge.js';
import type { Page } from './browser.js';

export interface Listener {
  address: string;
  token: string;
  origins: string[];
}

export function listenerOf(page: Page): Listener {
  const value = (name: string) => {
    const found = new RegExp(`data-${name}="([^"]*)"`).exec(page.text)?.[1];
    if (found === undefined) throw new Error(`no listener page: ${page.status} ${page.text.slice(0, 400)}`);
    return found.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  };
  return {
    address: value('address'),
    token: value('token'),
    origins: JSON.parse(value('origins')) as string[],
  };
}

export interface SelectionAnswer {
  status: number;
  body: any;
}

export async function sendSelection(
  bridge: TestBridge,
  listener: Pick<Listener, 'address' | 'token'>,
  message: unknown,
  headers: Record<string, string> = {},
): Promise<SelectionAnswer> {
  const response = await fetch(`${bridge.url}${listener.address}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: bridge.url,
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    body: JSON.stringify({ token: listener.token, message }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const dl = 'https://purl.imsglobal.org/spec/lti-dl/claim/';

export interface VerifiedResponse {
  header: Record<string, unknown>;
  claims: JWTPayload;
  items: any[];
}

/** The response as a strict LMS reads it: signature, kid, audience, issuer, times. */
export async function verifyResponse(
  bridge: TestBridge,
  jwt: string,
  expected: { issuer: string; audience: string; now?: number },
): Promise<VerifiedResponse> {
  const keys = await (await fetch(`${bridge.url}/lti/keys`)).json();
  const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(keys as JSONWebKeySet), {
    issuer: expected.issuer,
    audience: expected.audience,
    algorithms: ['RS256'],
    requiredClaims: ['iat', 'exp', 'nonce'],
    currentDate: expected.now === undefined ? undefined : new Date(expected.now),
  });
  return { header: { ...protectedHeader }, claims: payload, items: payload[`${dl}content_items`] as any[] };
}
