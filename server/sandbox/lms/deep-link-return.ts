/** Reads what a tool posted to deep_link_return_url (Deep Linking 2.0 section 4.5), for people to look at only. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { BridgeError } from '../../lib/errors.js';
import { claim } from './vocabulary.js';

export interface DeepLinkReturn {
  /** Undefined when what came is no JWT. Nothing of it is verified. */
  token: { header: string; claims: string; items: { type: string; title: string }[] } | undefined;
  size: number;
}

export function readDeepLinkReturn(body: unknown): DeepLinkReturn {
  const jwt = (body as { JWT?: unknown } | undefined)?.JWT;
  if (typeof jwt !== 'string' || jwt === '') {
    throw new BridgeError('request_invalid', { detail: 'the form has no field JWT', field: 'JWT' });
  }
  try {
    const claims = decodeJwt(jwt);
    return {
      token: {
        header: pretty(decodeProtectedHeader(jwt)),
        claims: pretty(claims),
        items: readItems(claims[claim.deepLinkingItems]),
      },
      size: jwt.length,
    };
  } catch {
    return { token: undefined, size: jwt.length };
  }
}

function readItems(items: unknown): { type: string; title: string }[] {
  if (!Array.isArray(items)) return [];
  return items.map((item: unknown) => {
    const { type, title } = (item ?? {}) as { type?: unknown; title?: unknown };
    return { type: String(type), title: typeof title === 'string' && title ? title : 'without a title' };
  });
}

function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
