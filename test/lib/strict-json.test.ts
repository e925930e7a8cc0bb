/** What counts as one JSON object where a token decides who gets in. */
import { describe, expect, it } from '@jest/globals';
import { parseStrictObject } from '../../server/lib/strict-json.js';

const parse = (text: string) => parseStrictObject(Buffer.from(text));

const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('strict JSON takes', () => {
  it.each([
    ['an empty object', '{}', {}],
    ['white space around it', ' \r\n\t{ "a" : 1 }\n', { a: 1 }],
    ['the same name in two objects', '{"a":{"b":1},"c":{"b":2}}', { a: { b: 1 }, c: { b: 2 } }],
    ['the same name in objects of one list', '{"a":[{"b":1},{"b":2}]}', { a: [{ b: 1 }, { b: 2 }] }],
    ['a name that is also a value', '{"a":"b","b":"a"}', { a: 'b', b: 'a' }],
    [
      'values that look like JSON',
      '{"a":"{\\"b\\":1,\\"b\\":2}","c":"\\\\"}',
      { a: '{"b":1,"b":2}', c: '\\' },
    ],
    ['names that differ in case only', '{"sub":"x","Sub":"y"}', { sub: 'x', Sub: 'y' }],
    ['letters outside ASCII, as they are', '{"name":"עברית ‏😀"}', { name: 'עברית ‏😀' }],
    ['an escaped NUL', '{"a":"\\u0000"}', { a: '\u0000' }],
  ])('%s', (_title, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it('32 levels of nesting', () => {
    expect(parse(nested(32))).toHaveProperty('a');
  });

  it('__proto__ as a name like any other', () => {
    const value = parse('{"__proto__":{"admin":true},"constructor":1}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect((value as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('strict JSON refuses', () => {
  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"a"'],
    ['null', 'null'],
    ['a number', '1'],
    ['two objects', '{}{}'],
    ['a name that stands twice', '{"sub":"a","sub":"b"}'],
    ['a name that stands twice with the same value', '{"sub":"a","sub":"a"}'],
    ['a name that stands twice once escaped', '{"sub":"a","\\u0073ub":"b"}'],
    ['a name that stands twice deep down', '{"a":[{"b":{"c":1,"d":{},"c":2}}]}'],
    ['a name that stands twice after a value with braces', '{"a":"}{","b":[],"a":1}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['the empty name twice', '{"":1,"":2}'],
    ['33 levels of nesting', nested(33)],
    ['10,000 levels of nesting', nested(10_000)],
    ['a byte order mark', '\ufeff{}'],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{"a":1/*b*/}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['an unfinished text', '{"a":"'],
    ['an unfinished escape', '{"a":"\\'],
    ['a raw control character', '{"a":"\u0001"}'],
  ])('%s', (_title, text) => {
    expect(() => parse(text)).toThrow(SyntaxError);
  });

  it.each([
    ['a byte that is no UTF-8', [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong slash', [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]],
    ['half a surrogate pair as bytes', [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['a letter cut in two', [0x7b, 0x22, 0xc3]],
    ['UTF-16', [...Buffer.from('{}', 'utf16le')]],
  ])('%s', (_title, bytes) => {
    expect(() => parseStrictObject(Uint8Array.from(bytes))).toThrow();
  });

  it('what is no JSON before it looks for names, whose search would crawl through a text of endless quotes', () => {
    expect(() => parse('{"a":1,"a":2')).toThrow(/JSON/);
    expect(() => parse('{"a":1,"a":2}')).toThrow('a name stands twice');
  });
});
