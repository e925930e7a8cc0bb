/** Single claims: strict where something is decided by them, lenient where they only tell something. */
import { describe, expect, it } from '@jest/globals';
import type { BridgeError } from '../../../server/lib/errors.js';
import {
  asciiId,
  flag,
  object,
  opaqueId,
  optionalOpaqueId,
  optionalText,
  text,
  texts,
} from '../../../server/lti/launch/claim-values.js';

/** The value, or the code of the refusal. */
function read(reader: (value: unknown, field: string) => unknown, value: unknown): unknown {
  try {
    return reader(value, 'field');
  } catch (error) {
    expect((error as BridgeError).field).toBe('field');
    return (error as BridgeError).code;
  }
}
const missing = 'launch_claim_missing';
const invalid = 'launch_claim_invalid';
const notTexts: unknown[] = [5, true, [], ['a'], {}, { toString: 'a' }];
const long = 'x'.repeat(255);

describe('an ASCII id', () => {
  it.each<[unknown, unknown]>([
    ['a', 'a'],
    [' ', ' '],
    ['~', '~'],
    [long, long],
    [undefined, missing],
    [null, missing],
    ['', invalid],
    [`${long}x`, invalid],
    ['ä', invalid],
    ['a\n', invalid],
    ['\u0000', invalid],
    ['\u007f', invalid],
    ...notTexts.map((value): [unknown, unknown] => [value, invalid]),
  ])('of %j is %j', (value, expected) => expect(read(asciiId, value)).toBe(expected));
});

describe('an opaque id', () => {
  it.each<[unknown, unknown]>([
    ['course-v1:MIT+6.00x+2026', 'course-v1:MIT+6.00x+2026'],
    ['学校 😀', '学校 😀'],
    [long, long],
    [undefined, missing],
    [null, missing],
    ['', missing],
    [`${long}x`, invalid],
    ['a\u0000', invalid],
    ['a\u0085', invalid],
    ['\ud800', invalid],
    ['\udc00\ud800', invalid],
    ...notTexts.map((value): [unknown, unknown] => [value, invalid]),
  ])('of %j is %j', (value, expected) => expect(read(opaqueId, value)).toBe(expected));

  it.each<[unknown, unknown]>([
    ['a', 'a'],
    [undefined, null],
    [null, null],
    ['', null],
    ...notTexts.map((value): [unknown, unknown] => [value, null]),
    [`${long}x`, invalid],
    ['\u0000', invalid],
  ])('that may be left out, of %j is %j', (value, expected) =>
    expect(read(optionalOpaqueId, value)).toBe(expected),
  );
});

describe('a text', () => {
  const cleaned: [unknown, string | null][] = [
    ['a', 'a'],
    [' a ', ' a '],
    ['a\u0000b\u0000', 'ab'],
    ['\ud800a', '\ufffda'],
    ['עברית \u202e', 'עברית \u202e'],
    ['😀', '😀'],
    ['', null],
    [undefined, null],
    [null, null],
  ];
  it.each<[unknown, unknown]>([...cleaned, ...notTexts.map((value): [unknown, unknown] => [value, null])])(
    'that only tells, of %j is %j',
    (value, expected) => expect(text(value)).toBe(expected),
  );
  it.each<[unknown, unknown]>([...cleaned, ...notTexts.map((value): [unknown, unknown] => [value, invalid])])(
    'that decides, of %j is %j',
    (value, expected) => expect(read(optionalText, value)).toBe(expected),
  );
});

describe('a list of texts', () => {
  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a', 5, null, '', ['b'], 'c\u0000'],
      ['a', '', 'c'],
    ],
    ['a', []],
    [undefined, []],
    [{ 0: 'a', length: 1 }, []],
  ])('of %j is %j', (value, expected) => expect(texts(value)).toEqual(expected));
});

describe('a flag', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
    ['yes', null],
    [1, null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('of %j is %j', (value, expected) => expect(flag(value)).toBe(expected));
});

describe('an object', () => {
  it.each([undefined, null, 5, 'a', true, ['a']])('of %j is none', (value) =>
    expect(object(value)).toBeNull(),
  );
  it('is itself', () => expect(object({ a: 1 })).toEqual({ a: 1 }));
});
