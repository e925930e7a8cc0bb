/** The key pairs a simulated platform signs with. */
import { createPrivateKey, sign as signBytes, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

export interface PlatformKey {
  kid: string;
  alg: 'RS256';
  privateJwk: Record<string, unknown>;
  /** With kid, alg and use, as it is published. */
  publicJwk: Record<string, unknown>;
}

/** A new RSA key of 2048 bits whose kid is its thumbprint (RFC 7638). */
export async function generatePlatformKey(): Promise<PlatformKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    kid,
    alg: 'RS256',
    privateJwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256' },
    publicJwk: { ...publicJwk, kid, alg: 'RS256', use: 'sig' },
  };
}

const signInThreadPool = promisify(signBytes);
/** Reading a JWK costs a good part of a signature, and a platform under load signs thousands with one key. */
const readKeys = new WeakMap<PlatformKey, KeyObject>();

/**
 * A compact JWS (RFC 7515 section 7.1) whose signature is RSASSA-PKCS1-v1_5 with SHA-256, whatever its header says. jose
 * refuses to make a JWS whose header lies; tests need exactly that.
 */
export async function signCompact(
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
  key: PlatformKey,
): Promise<string> {
  const input = `${base64url(header)}.${base64url(claims)}`;
  const signature = await signInThreadPool('RSA-SHA256', Buffer.from(input), privateKeyOf(key));
  return `${input}.${signature.toString('base64url')}`;
}

function privateKeyOf(key: PlatformKey): KeyObject {
  const known = readKeys.get(key);
  if (known) return known;
  const read = createPrivateKey({ key: key.privateJwk as JsonWebKey, format: 'jwk' });
  readKeys.set(key, read);
  return read;
}

function base64url(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
