/**
 * Seals texts with AES-256-GCM: private keys and secrets at rest, and the login state that travels through a browser.
 *
 * A sealed text is `<base64url of iv, ciphertext, tag>.<key id>`. Each purpose has a key of its own (HKDF-SHA256 over the
 * operator's SECRET_KEY), so that a value sealed for one purpose is worthless for another, and the caller binds it to its
 * place with `boundTo` (the additional data), so that a value copied into another row does not open there.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

interface PurposeKey {
  id: string;
  key: Buffer;
}

export interface Sealer {
  /** Seals a text with the first key. */
  seal(text: string, boundTo: string): string;
  /** The text, or undefined when the value was changed, sealed elsewhere, or by a key that is no longer listed. */
  open(sealed: string, boundTo: string): string | undefined;
  /** Was this sealed with the first key? If not, it should be sealed anew before that key is taken off the list. */
  isCurrent(sealed: string): boolean;
}

/** @param secretKeys 32 bytes each; the first one seals, all of them open. */
export function createSealer(secretKeys: Buffer[], purpose: string): Sealer {
  const keys = secretKeys.map((secret) => purposeKey(secret, purpose));
  const [first] = keys;
  if (!first) throw new Error('a sealer needs at least one key');

  return {
    seal(text, boundTo) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', first.key, iv, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(boundTo));
      const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${body.toString('base64url')}.${first.id}`;
    },

    isCurrent: (sealed) => sealed.endsWith(`.${first.id}`),

    open(sealed, boundTo) {
      const dot = sealed.indexOf('.');
      const key = keys.find(({ id }) => id === sealed.slice(dot + 1));
      const body = Buffer.from(sealed.slice(0, Math.max(dot, 0)), 'base64url');
      // Decoding forgives stray characters; a sealed text has exactly one spelling.
      if (!key || body.length < ivBytes + tagBytes || body.toString('base64url') !== sealed.slice(0, dot)) {
        return undefined;
      }
      const decipher = createDecipheriv('aes-256-gcm', key.key, body.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(boundTo));
      decipher.setAuthTag(body.subarray(-tagBytes));
      try {
        return decipher.update(body.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function purposeKey(secret: Buffer, purpose: string): PurposeKey {
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `lti-bridge ${purpose}`, 32));
  return { key, id: createHash('sha256').update(key).digest('base64url').slice(0, 8) };
}
