/** Whose request it is, behind none and behind one proxy: X-Forwarded-For is read from the right, or not at all. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { startBridge, type TestBridge } from '../support/bridge.js';
import { bearer, sendRaw } from '../support/requests.js';

let bridge: TestBridge;
afterEach(() => bridge.stop());

const attempt = async (forwarded: string | string[] | undefined) => {
  const headers = { ...bearer('wrong'), ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }) };
  return (await sendRaw({ bridge }, 'GET', '/admin/api/applications', { headers })).status;
};

describe('behind no proxy', () => {
  it('nobody gets another address by saying so', async () => {
    bridge = await startBridge({ RATE_LIMIT_SECRETS: '3' });
    for (const said of ['203.0.113.1', '203.0.113.2', '203.0.113.3, 127.0.0.1'])
      expect(await attempt(said)).toBe(401);
    for (const said of [undefined, '203.0.113.9', '127.0.0.1']) expect(await attempt(said)).toBe(429);
  });
});

describe('behind one proxy', () => {
  it('the address is what the proxy saw, whatever the caller wrote further left', async () => {
    bridge = await startBridge({ RATE_LIMIT_SECRETS: '3', TRUST_PROXY: '1' });
    for (const said of ['203.0.113.1', '10.0.0.1, 203.0.113.1', '203.0.113.77,  203.0.113.1'])
      expect(await attempt(said)).toBe(401);
    expect(await attempt('203.0.113.2, 203.0.113.1')).toBe(429);
    expect(await attempt('203.0.113.1, 203.0.113.2')).toBe(401);
    expect(await attempt('203.0.113.2')).toBe(401);
  });
});

describe('behind two proxies', () => {
  it('the address is what the outer one saw', async () => {
    bridge = await startBridge({ RATE_LIMIT_SECRETS: '2', TRUST_PROXY: '2' });
    for (const said of ['203.0.113.1, 10.0.0.1', 'spoofed, 203.0.113.1, 10.0.0.2'])
      expect(await attempt(said)).toBe(401);
    expect(await attempt('203.0.113.5, 203.0.113.1, 10.0.0.3')).toBe(429);
    expect(await attempt('203.0.113.2, 10.0.0.1')).toBe(401);
  });
});
