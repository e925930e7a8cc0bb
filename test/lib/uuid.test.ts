/** Ids that are computed: the same for the same texts, for good. */
import { describe, expect, it } from '@jest/globals';
import { isUuid, nameUuid } from '../../server/lib/uuid.js';

describe('a computed id', () => {
  it.each([
    [['a', 'b'], 'd619e8fb-ed10-5c80-b76a-bc41a8995397'],
    [['学', '😀'], '711f1b98-182c-5d3c-9653-9d17a995a986'],
    [[], '7956734f-7fbc-5343-abfe-ba1a3850913d'],
  ])('of %j will always be %s: applications have stored it', (parts, id) => {
    expect(nameUuid(...parts)).toBe(id);
  });

  it('is a UUID of version 5', () => {
    for (let i = 0; i < 1_000; i += 1)
      expect(nameUuid(String(i))).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('differs for texts that look alike once they are joined', () => {
    const lists = [
      ['ab'],
      ['a', 'b'],
      ['', 'ab'],
      ['ab', ''],
      ['a,b'],
      ['a","b'],
      ['["a","b"]'],
      ['b', 'a'],
      ['A', 'b'],
      [],
    ];
    expect(new Set(lists.map((parts) => nameUuid(...parts))).size).toBe(lists.length);
  });
});

describe('a UUID', () => {
  it.each(['d619e8fb-ed10-5c80-b76a-bc41a8995397', '00000000-0000-0000-0000-000000000000'])(
    'is %s',
    (text) => {
      expect(isUuid(text)).toBe(true);
    },
  );
  it.each([
    '',
    'd619e8fb-ed10-5c80-b76a-bc41a899539',
    'd619e8fb-ed10-5c80-b76a-bc41a89953977',
    'D619E8FB-ED10-5C80-B76A-BC41A8995397',
    'd619e8fbed105c80b76abc41a8995397',
    '{d619e8fb-ed10-5c80-b76a-bc41a8995397}',
    'd619e8fb-ed10-5c80-b76a-bc41a8995397\n',
    'g619e8fb-ed10-5c80-b76a-bc41a8995397',
  ])('is not %j', (text) => expect(isUuid(text)).toBe(false));
});
