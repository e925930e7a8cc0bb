/** Parameters are added to an address, and what is there stays to the byte. */
import { describe, expect, it } from '@jest/globals';
import { withQuery } from '../../server/lib/url.js';

describe('an address', () => {
  it.each([
    ['https://a.example', 'https://a.example?x=1'],
    ['https://a.example/', 'https://a.example/?x=1'],
    ['https://a.example/b?', 'https://a.example/b?x=1'],
    ['https://a.example/b?c', 'https://a.example/b?c&x=1'],
    ['https://a.example/b?c=d', 'https://a.example/b?c=d&x=1'],
    ['https://a.example/b?c=d&', 'https://a.example/b?c=d&x=1'],
    ['https://a.example/b?c=%7E+%20&&d', 'https://a.example/b?c=%7E+%20&&d&x=1'],
    ['https://a.example/b?x=0', 'https://a.example/b?x=0&x=1'],
    ['https://a.example/b#c', 'https://a.example/b?x=1'],
    ['https://a.example/b?c=d#e?f=g', 'https://a.example/b?c=d&x=1'],
    ['com.example.app:/callback', 'com.example.app:/callback?x=1'],
    ['HTTPS://A.example/%5bB%5d/../c', 'HTTPS://A.example/%5bB%5d/../c?x=1'],
  ])('%s becomes %s', (address, expected) => {
    expect(withQuery(address, { x: '1' })).toBe(expected);
  });

  it('gets its parameters in order, encoded, without those that are undefined', () => {
    expect(withQuery('https://a.example/', { b: 'ä &=#', a: undefined, c: '', d: '\r\n' })).toBe(
      'https://a.example/?b=%C3%A4+%26%3D%23&c=&d=%0D%0A',
    );
  });
});
