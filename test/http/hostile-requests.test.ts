/** Requests that nobody's browser sends: whatever comes, it is refused as the caller's doing, and by the right door. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bearer, send, sendRaw } from '../support/requests.js';
import { startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { RATE_LIMIT_LOGINS: '1000000', RATE_LIMIT_SECRETS: '1000000' } });
});
afterAll(() => world.stop());

const errors = () => world.bridge.logLines.filter((line) => line.includes('"level":"error"'));

async function bytes(text: string): Promise<string> {
  const socket = connect(world.bridge.context.config.port, '127.0.0.1');
  socket.write(text, 'latin1');
  let answer = '';
  try {
    for await (const chunk of socket) answer += String(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  return answer;
}

describe('a path', () => {
  it.each([
    '/assets/../package.json',
    '/assets/..%2fpackage.json',
    '/assets/%2e%2e/package.json',
    '/assets/%2e%2e%2fpackage.json',
    '/assets/..%252fpackage.json',
    '/assets/..%5cpackage.json',
    '/assets/..\\package.json',
    '/assets/%00',
    '/assets/bridge.css%00.html',
    '/assets/',
    '/assets',
    '/assets/.',
    '/assets//bridge.css',
    '//assets/bridge.css/..',
    '/views/error.eta',
    '/package.json',
    '/.env',
    '/.git/config',
    '/data/secret-key',
    '/server/index.ts',
    '/sdk/',
    '/sdk/../package.json',
    '/constructor',
    '/__proto__',
    '/oauth/constructor',
    '/api/__proto__',
    '/%',
    '/%zz',
    '/%e0%a4%a',
    '/oauth/%zz',
    '/api/v2/my/%zz',
    '/lti/%zz',
    '/lti/login/%zz',
    '/lti/login/%00',
    '/lti/login/..%2f..%2fadmin',
    `/${'a/'.repeat(5_000)}`,
    '/oauth/token/',
    '/OAUTH/token',
    '/oauth//token',
    '/;/oauth/jwks',
  ])('%s leads nowhere, and says so', async (path) => {
    const { status, text } = await sendRaw(world, 'GET', path);
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(/"dependencies"|<%|BEGIN|node_modules|at .*\.(ts|js):\d/);
  });
});

describe('nothing there', () => {
  it.each([
    ['/nothing', 'text/html'],
    ['/console/nothing', 'text/html'],
    ['/oauth/nothing', 'application/json'],
    ['/.well-known/nothing', 'application/json'],
    ['/api/v2/nothing', 'application/json'],
    ['/api/v2/my/nothing', 'application/json'],
  ])('at %s is said as %s', async (path, type) => {
    for (const accept of ['text/html', 'application/json', '*/*']) {
      const { status, headers } = await send(world, 'GET', path, { headers: { accept } });
      expect(status).toBe(404);
      expect(headers.get('content-type')).toMatch(new RegExp(`^${type}`));
    }
  });
});

describe('a method', () => {
  it.each([
    ['/oauth/token', 'GET', 'POST'],
    ['/oauth/introspect', 'GET', 'POST'],
    ['/oauth/revoke', 'DELETE', 'POST'],
    ['/oauth/jwks', 'POST', 'GET, HEAD, OPTIONS'],
    ['/oauth/userinfo', 'PUT', 'GET, HEAD, POST'],
    ['/oauth/authorize', 'POST', 'GET, HEAD'],
    ['/.well-known/openid-configuration', 'DELETE', 'GET, HEAD, OPTIONS'],
    ['/api/authentication/token', 'PUT', 'POST'],
    ['/api/v2/my/profile', 'PATCH', 'HEAD, GET'],
  ])('%s does not take %s is told with those that are taken', async (path, method, allowed) => {
    const { status, headers, body } = await send(world, method, path);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allowed);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toBeDefined();
  });

  it.each(['TRACE', 'PROPFIND', 'MKCOL', 'SEARCH', 'PURGE', 'LINK'])('%s is taken nowhere', async (method) => {
    for (const path of ['/', '/oauth/token', '/api/v2/my/profile', '/lti/launch', '/healthz']) {
      const { status } = await sendRaw(world, method, path);
      expect([404, 405, 501]).toContain(status);
    }
  });

  it('HEAD is answered like GET, without a body', async () => {
    for (const path of ['/oauth/jwks', '/.well-known/openid-configuration', '/lti/keys', '/nothing']) {
      const get = await send(world, 'GET', path);
      const head = await send(world, 'HEAD', path);
      expect([path, head.status, head.text]).toEqual([path, get.status, '']);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    }
  });

  it('that no HTTP knows is refused by the server itself', async () => {
    expect(await bytes('HELLO / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a header', () => {
  it('that would be a second one in the answer is refused or passed over, and never a fault of ours', async () => {
    const injections = ['x%0d%0aSet-Cookie:%20a=b', 'x%0aX: y', '%00', '%e2%98%83', '☃', 'x\u0000'];
    for (const value of injections) {
      for (const path of [
        `/lti/login?iss=${value}&login_hint=${value}&target_link_uri=${value}`,
        `/lti/login?iss=${world.platform.platform.issuer}&login_hint=${value}&target_link_uri=https://x.example/${value}&lti_message_hint=${value}`,
        `/oauth/authorize?client_id=${value}&redirect_uri=${value}&state=${value}`,
        `/oauth/authorize?client_id=${world.application.id}&response_type=code&scope=openid&state=${value}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&redirect_uri=${encodeURIComponent(world.application.redirectUri)}`,
        `/lti/launch?error=${value}&state=${value}`,
      ]) {
        const { status, headers } = await send(world, 'GET', path);
        expect(status).toBeLessThan(500);
        expect(headers.get('set-cookie') ?? '').not.toMatch(/\ba=b/);
        expect(headers.get('x')).toBeNull();
      }
    }
    expect(errors()).toEqual([]);
  });

  it('of X-Forwarded-Proto with 14 kB of spaces is answered like any other', async () => {
    const { status } = await sendRaw(world, 'GET', '/oauth/jwks', {
      headers: { 'x-forwarded-proto': `${' '.repeat(14_000)}x`, 'x-forwarded-for': ', '.repeat(5_000) },
    });
    expect(status).toBe(200);
  });

  it('larger than 64 kB is refused by the server itself', async () => {
    const { host } = new URL(world.bridge.url);
    const answer = await bytes(`GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('of a length that is not true, or of two kinds, is refused by the server itself', async () => {
    const { host } = new URL(world.bridge.url);
    const smuggled = await bytes(
      `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /);
    const twice = await bytes(
      `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    );
    expect(twice).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('an id of a request', () => {
  it('is ours, new each time, and in the log', async () => {
    const ids = new Set<string>();
    for (const path of ['/', '/nothing', '/oauth/jwks', '/oauth/token', '/healthz', '/assets/bridge.css']) {
      const { headers } = await send(world, 'GET', path, { headers: { 'x-request-id': 'chosen-by-the-caller' } });
      const id = headers.get('x-request-id')!;
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      ids.add(id);
      expect(world.bridge.logLines.some((line) => line.includes(id))).toBe(true);
    }
    expect(ids.size).toBe(6);
    expect(world.bridge.logLines.join()).not.toContain('chosen-by-the-caller');
  });
});

describe('any request at all', () => {
  it('is answered, and never with a fault of ours', async () => {
    const places = ['/oauth/token', '/oauth/authorize', '/oauth/userinfo', '/oauth/introspect', '/oauth/revoke'];
    const doors = ['/api/authentication/token', '/api/v2/my/profile', '/lti/login', '/lti/launch', '/admin/api/', '/'];
    const token = world.bridge.context.config.adminToken;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
        fc.constantFrom(...places, ...doors),
        fc.webQueryParameters(),
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', 'x'),
        fc.oneof(fc.json(), fc.webQueryParameters(), fc.string()),
        fc.constantFrom(`Bearer ${token}`, 'Bearer x', 'Basic eDp5', 'Basic %', ''),
        async (method, path, query, type, body, authorization) => {
          const withBody = method !== 'GET' && method !== 'HEAD';
          const answer = await send(world, method, `${path}?${query}`, {
            headers: { 'content-type': type, ...(authorization ? { authorization } : {}) },
            body: withBody ? body : undefined,
          });
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 400 },
    );
    expect(errors()).toEqual([]);
  });

  it('to the operator’s API with the right token is answered, and never with a fault of ours', async () => {
    const headers = { ...bearer(world.bridge.context.config.adminToken), 'content-type': 'application/json' };
    const members = fc.constantFrom(
      ...['name', 'redirect_uris', 'issuer', 'client_id', 'jwks_uri', 'frame_origins', 'overlap_hours'],
      ...['deployment_ids', 'application_id', 'message_origins', 'redirect_uri', 'authorization_endpoint'],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('applications', 'platforms', `applications/${world.application.id}/secrets`, 'nothing'),
        fc.dictionary(members, fc.jsonValue({ maxDepth: 2 })),
        async (path, body) => {
          const answer = await send(world, 'POST', `/admin/api/${path}`, { headers, body: JSON.stringify(body) });
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 200 },
    );
    expect(errors()).toEqual([]);
  });
});
