/** Random values, hashes and comparisons. */
import { describe, expect, it } from '@jest/globals';
import { equalsConstantTime, randomReference, randomSecret, sha256 } from '../../server/lib/crypto.js';

describe('a random secret', () => {
  it('is 256 bits in base64url, another one each of 100,000 times (CVE-2022-31157)', () => {
    const secrets = new Set(Array.from({ length: 100_000 }, randomSecret));
    expect(secrets.size).toBe(100_000);
    for (const secret of secrets) if (!/^[\w-]{43}$/.test(secret)) throw new Error(secret);
  });

  it('has each bit set as often as not', () => {
    const secrets = Array.from({ length: 10_000 }, () => Buffer.from(randomSecret(), 'base64url'));
    for (let bit = 0; bit < 256; bit += 1) {
      const ones = secrets.filter((bytes) => (bytes[bit >> 3]! >> (bit & 7)) & 1).length;
      // Ten standard deviations.
      expect(Math.abs(ones - 5_000)).toBeLessThan(500);
    }
  });
});

describe('a hash', () => {
  it('is SHA-256 of the text in UTF-8, base64url', () => {
    expect(sha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
    expect(sha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
    expect(sha256('ä')).not.toBe(sha256('a\u0308'));
  });
});

describe('a comparison', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'A', false],
    ['a', 'a ', false],
    ['', 'a', false],
    ['ä', 'a\u0308', false],
    ['x'.repeat(1_000), 'x'.repeat(1_000), true],
    ['x'.repeat(1_000), 'x'.repeat(999), false],
  ])('of %j and %j is %s', (left, right, equal) => {
    expect(equalsConstantTime(left, right)).toBe(equal);
    expect(equalsConstantTime(right, left)).toBe(equal);
  });
});

describe('a reference', () => {
  it('can be read out: eight letters and digits without I, L, O and U, all of them in use', () => {
    const references = Array.from({ length: 10_000 }, randomReference);
    for (const reference of references)
      expect(reference).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(new Set(references.join('').replaceAll('-', '')).size).toBe(32);
    expect(new Set(references).size).toBeGreaterThan(9_990);
  });
});
