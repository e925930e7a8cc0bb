/** Takes signed tokens apart and puts together what no honest platform would send. */
import { createHmac, createPrivateKey, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import type { PlatformKey } from '../../../server/sandbox/lms/platform.js';

type Json = Record<string, unknown>;

export interface TokenParts {
  header: Json;
  claims: Json;
}

export function partsOf(token: string): TokenParts {
  const [header, claims] = token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Json);
  return { header: header!, claims: claims! };
}

export function base64url(value: Json | string | Buffer): string {
  const bytes = Buffer.isBuffer(value) ? value : typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(bytes).toString('base64url');
}

export function privateKeyOf({ privateJwk }: PlatformKey): KeyObject {
  return createPrivateKey({ key: privateJwk as JsonWebKey, format: 'jwk' });
}

/** Signs a header and a payload to the byte as they are given, with RSA and SHA-256. */
export function signAsWritten(
  header: Json | string,
  payload: Json | string | Buffer,
  key: PlatformKey,
): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKeyOf(key)).toString('base64url')}`;
}

export function signWithSecret(header: Json, claims: Json, secret: string | Buffer): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Signs by an algorithm as it is meant to be. */
export function signBy(alg: string, header: Json, claims: Json, key: KeyObject): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ ...header, alg })
    .sign(key);
}

/** The token with one bit of one of its three parts changed. */
export function flipBit(token: string, part: 0 | 1 | 2, at = 10): string {
  const parts = token.split('.');
  const bytes = Buffer.from(parts[part]!, 'base64url');
  bytes[at] = bytes[at]! ^ 1;
  parts[part] = bytes.toString('base64url');
  return parts.join('.');
}

/** Another spelling of the same bytes: the last letter of base64url has bits that mean nothing. */
export function respellSignature(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1)!);
  const respelled = token.slice(0, -1) + alphabet[last ^ 1];
  const signature = (text: string) => Buffer.from(text.split('.')[2]!, 'base64url');
  if (!signature(token).equals(signature(respelled))) throw new Error('not the same bytes');
  return respelled;
}
