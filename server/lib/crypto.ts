/**
 * Random values, hashes and comparisons. Every secret this bridge makes has 256 random bits, which is why a plain
 * SHA-256 is enough to keep it (a slow hash protects guessable passwords, and would cost 40 ms a token exchange).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, base64url, 43 characters. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 of a text, base64url, 43 characters. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Compares two texts in a time that does not depend on where they differ. */
export function equalsConstantTime(left: string, right: string): boolean {
  const a = createHash('sha256').update(left).digest();
  const b = createHash('sha256').update(right).digest();
  return timingSafeEqual(a, b);
}

const referenceAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A reference a person can read over the telephone: eight letters and digits without I, L, O and U, as XXXX-XXXX. */
export function randomReference(): string {
  const letters = Array.from(randomBytes(8), (byte) => referenceAlphabet[byte % 32]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
