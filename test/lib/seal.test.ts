/** Sealed texts: only who has the key, for the purpose and the place they were sealed for, reads them. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createSealer } from '../../server/lib/seal.js';

const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const sealer = createSealer([one], 'purpose');

describe('a sealed text', () => {
  it.each(['', 'a', 'Grüße, 学校 😀', '\u0000', 'x'.repeat(100_000)])('opens as it was: %#', (text) => {
    expect(sealer.open(sealer.seal(text, 'place'), 'place')).toBe(text);
  });

  it('looks different each time and tells nothing of what is in it', () => {
    const [first, second] = [sealer.seal('secret', 'place'), sealer.seal('secret', 'place')];
    expect(first).not.toBe(second);
    expect(first).toMatch(/^[\w-]+\.[\w-]{8}$/);
    expect(Buffer.from(first, 'base64url').toString('latin1')).not.toContain('secret');
  });

  it('opens nowhere else, for nothing else and by nobody else', () => {
    const sealed = sealer.seal('secret', 'place');
    expect(sealer.open(sealed, 'other place')).toBeUndefined();
    expect(sealer.open(sealed, '')).toBeUndefined();
    expect(createSealer([one], 'other purpose').open(sealed, 'place')).toBeUndefined();
    expect(createSealer([two], 'purpose').open(sealed, 'place')).toBeUndefined();
  });

  it('does not open with the id of another key', () => {
    const [body] = sealer.seal('secret', 'place').split('.');
    const both = createSealer([one, two], 'purpose');
    const [, otherKey] = createSealer([two], 'purpose').seal('x', 'place').split('.');
    expect(both.open(`${body}.${otherKey}`, 'place')).toBeUndefined();
  });

  it('does not open with any bit of it changed', () => {
    const [body, key] = sealer.seal('secret', 'place').split('.');
    const bytes = Buffer.from(body!, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      expect(sealer.open(`${changed.toString('base64url')}.${key}`, 'place')).toBeUndefined();
    }
  });

  it('has one spelling', () => {
    const sealed = sealer.seal('secret', 'place');
    const [body, key] = sealed.split('.');
    const others = [
      ` ${sealed}`,
      `${sealed} `,
      `${sealed}.`,
      `.${sealed}`,
      `${body}=.${key}`,
      `${body}\n.${key}`,
      `${body!.slice(0, 5)}*${body!.slice(5)}.${key}`,
      `${body}..${key}`,
      `${body}.${key!.toLowerCase()}${key!.toUpperCase()}`,
      body!,
      `.${key}`,
      `AAAA.${key}`,
      '.',
      '',
    ];
    for (const other of others) expect(sealer.open(other, 'place')).toBeUndefined();
  });
});

describe('several keys', () => {
  it('all open, the first one seals', () => {
    const old = createSealer([one], 'purpose').seal('old', 'place');
    const rotated = createSealer([two, one], 'purpose');
    expect(rotated.open(old, 'place')).toBe('old');
    const fresh = rotated.seal('fresh', 'place');
    expect(createSealer([two], 'purpose').open(fresh, 'place')).toBe('fresh');
    expect(createSealer([one, three], 'purpose').open(fresh, 'place')).toBeUndefined();
  });

  it('are at least one', () => {
    expect(() => createSealer([], 'purpose')).toThrow();
  });
});
