/** One listener, and only the names that it was told: anything else is refused before it reaches a door. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBridge, type TestBridge } from '../support/bridge.js';
import { sendRaw } from '../support/requests.js';
import { startProduction, type ProductionBridge } from '../support/production.js';

let bridge: TestBridge;
let production: ProductionBridge;
beforeAll(async () => {
  bridge = await startBridge();
  production = await startProduction();
});
afterAll(async () => {
  await bridge.stop();
  await production.bridge.stop();
});

const under = (host: string, path = '/', headers: Record<string, string> = {}) =>
  sendRaw({ bridge }, 'GET', path, { headers: { host, ...headers } });

/** What comes back for bytes that no HTTP client would send. */
async function exchangeBytes(text: string): Promise<string> {
  const socket = connect(bridge.context.config.port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe('a request under another name', () => {
  it.each([
    'evil.example',
    'localhost',
    'localhost:1',
    '127.0.0.1',
    'localhost.evil.example',
    'evil.example:fake@localhost',
    'lms.localhost',
    '[::1]',
    'null',
    'x'.repeat(1_000),
  ])('(%s) is refused with 421, and the name is not repeated', async (host) => {
    for (const path of ['/', '/oauth/jwks', '/.well-known/openid-configuration', '/lti/login', '/admin/api/x']) {
      const { status, headers, text } = await under(host, path);
      expect([path, status]).toEqual([path, 421]);
      expect(text).toContain('host_unknown');
      if (host.includes('evil')) expect(text).not.toContain('evil');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('is not let in by what a proxy might say', async () => {
    const { host } = new URL(bridge.url);
    const headers = { 'x-forwarded-host': host, forwarded: `host=${host}`, 'x-original-host': host };
    expect((await under('evil.example', '/', headers)).status).toBe(421);
    const said = { 'x-forwarded-host': 'evil.example', 'x-host': 'evil.example' };
    const { status, text } = await under(host, '/', said);
    expect(status).toBe(200);
    expect(text).not.toContain('evil');
  });

  it('or without any is refused', async () => {
    expect(await exchangeBytes('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
    expect(await exchangeBytes('GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
    expect(await exchangeBytes('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('or under two is refused, or answered under the one that is ours', async () => {
    const { host } = new URL(bridge.url);
    for (const [first, second] of [
      [host, 'evil.example'],
      ['evil.example', host],
    ]) {
      const answer = await exchangeBytes(
        `GET / HTTP/1.1\r\nHost: ${first}\r\nHost: ${second}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(first === host ? /^HTTP\/1\.1 (200|400) / : /^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toContain('evil');
    }
  });

  it('that a whole address as target seems to name is told by the Host alone', async () => {
    const { host } = new URL(bridge.url);
    const withTarget = (target: string, name: string) =>
      exchangeBytes(`GET ${target} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
    const own = await withTarget('http://evil.example/.well-known/openid-configuration', host);
    expect(own).not.toContain('evil.example');
    expect(await withTarget(`http://${host}/`, 'evil.example')).toMatch(/^HTTP\/1\.1 421 /);
  });
});

describe('the name that is ours', () => {
  it('is taken in any letter case', async () => {
    expect((await under(new URL(bridge.url).host.toUpperCase())).status).toBe(200);
  });

  it('is the public one in production, whatever the listener is called', async () => {
    const get = (host: string) => sendRaw(production, 'GET', '/.well-known/openid-configuration', { headers: { host } });
    const { status, body } = await get('bridge.example');
    expect([status, body.issuer, body.token_endpoint]).toEqual([
      200,
      'https://bridge.example',
      'https://bridge.example/oauth/token',
    ]);
    for (const host of ['localhost', `127.0.0.1:${production.bridge.context.config.port}`, 'bridge.example:3000'])
      expect((await get(host)).status).toBe(421);
  });

  it('stays https in production though the proxy speaks http with us', async () => {
    for (const proto of ['http', 'https', 'ftp', 'http,https']) {
      const { body } = await sendRaw(production, 'GET', '/.well-known/openid-configuration', {
        headers: { 'x-forwarded-proto': proto },
      });
      expect(body.token_endpoint).toBe('https://bridge.example/oauth/token');
    }
  });
});
