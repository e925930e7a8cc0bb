/** Who may use the operator's API: the operator, at every address of it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, bearer, send, sendRaw, type Sending } from '../support/requests.js';
import { startWorld, type World } from '../support/world.js';

const id = '00000000-0000-4000-8000-000000000000';

/** Every address of the operator's API; a test below compares it with the tables of the code. */
const routes = [
  'GET /admin/api/applications',
  'POST /admin/api/applications',
  'GET /admin/api/applications/:id',
  'PATCH /admin/api/applications/:id',
  'DELETE /admin/api/applications/:id',
  'POST /admin/api/applications/:id/secrets',
  'GET /admin/api/platforms',
  'POST /admin/api/platforms',
  'GET /admin/api/platforms/:id',
  'PATCH /admin/api/platforms/:id',
  'DELETE /admin/api/platforms/:id',
  'POST /admin/api/platforms/:id/activate',
  'POST /admin/api/platforms/:id/suspend',
  'GET /admin/api/deployments',
  'POST /admin/api/deployments/:id/activate',
  'POST /admin/api/deployments/:id/suspend',
  'GET /admin/api/launches',
  'GET /admin/api/launches/:id',
  'GET /admin/api/keys',
  'POST /admin/api/keys/rotate',
];

let world: World;
beforeAll(async () => {
  world = await startWorld({ environment: { RATE_LIMIT_SECRETS: '1000' } });
});
afterAll(() => world.stop());

const call = (route: string, sending: Sending = {}) => {
  const [method, path] = route.split(' ') as [string, string];
  return send(world, method, path.replace(':id', id), sending);
};
const token = () => world.bridge.context.config.adminToken;

function expectUnauthorized({ status, headers, body }: Awaited<ReturnType<typeof call>>): void {
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toEqual({
    error: 'unauthorized',
    message: expect.any(String),
    reference: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/),
  });
}

describe('the table of this test', () => {
  it('has every route of the code', () => {
    const folder = join(import.meta.dirname, '../../server/admin');
    const found = readdirSync(folder).flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const prefix = /new Router\(\{ prefix: '([^']+)' \}\)/.exec(text)?.[1] ?? '';
      const calls = text.matchAll(/\brouter\.(get|post|put|patch|delete|all)\(\s*'([^']+)'/g);
      return Array.from(calls, ([, method, path]) => `${method!.toUpperCase()} ${prefix}${path}`);
    });
    expect(found.toSorted()).toEqual(routes.toSorted());
  });
});

describe.each(routes)('%s', (route) => {
  it('answers 401 to whoever has no token, a wrong one, or the right one in another place', async () => {
    expectUnauthorized(await call(route));
    expectUnauthorized(await call(route, { headers: bearer('wrong') }));
    expectUnauthorized(await call(route, { headers: bearer(`${token()}x`) }));
    expectUnauthorized(await call(route, { headers: basic('operator', token()) }));
    expectUnauthorized(await call(route, { headers: { cookie: `token=${token()}` } }));
    expectUnauthorized(await call(`${route}?access_token=${token()}`));
    expectUnauthorized(await call(route, { headers: bearer(world.application.secret) }));
  });

  it('answers something else to the operator', async () => {
    const { status } = await call(route, { headers: bearer(token()) });
    expect(status).not.toBe(401);
    expect(status).toBeLessThan(500);
  });
});

describe('under /admin/api/', () => {
  it('strangers are not even told what does not exist', async () => {
    for (const route of [
      'GET /admin/api/',
      'GET /admin/api/nothing',
      'PUT /admin/api/applications',
      'DELETE /admin/api/launches',
      'OPTIONS /admin/api/applications',
      'HEAD /admin/api/applications',
      'GET /admin/api/applications/..%2f..%2fplatforms',
      'GET /admin/api/%zz',
      'GET /admin/api//applications',
    ]) {
      const [method, path] = route.split(' ') as [string, string];
      expect([route, (await sendRaw(world, method, path)).status]).toEqual([route, 401]);
    }
  });

  it('the operator is told in JSON', async () => {
    const headers = bearer(token());
    for (const path of [
      '/admin/api/',
      '/admin/api/nothing',
      '/admin/api/%zz',
      '/admin/api/applications/%00',
    ]) {
      const { status, body } = await sendRaw(world, 'GET', path, { headers });
      expect([status, body?.error]).toEqual([404, 'not_found']);
    }
    const {
      status,
      headers: answered,
      body,
    } = await send(world, 'PUT', '/admin/api/applications', { headers });
    expect([status, body.error]).toEqual([405, 'method_not_allowed']);
    expect(answered.get('allow')!.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  it('a method cannot be overridden by a header or a parameter', async () => {
    const headers = { ...bearer(token()), 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
    const path = `/admin/api/applications/${world.application.id}?_method=DELETE`;
    const { status, body } = await send(world, 'GET', path, { headers });
    expect([status, body.id]).toEqual([200, world.application.id]);
  });

  it('an answer is not to be kept, framed or sniffed', async () => {
    const { headers } = await call('GET /admin/api/applications', { headers: bearer(token()) });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('wrong tokens', () => {
  it('are refused with 429 after a while, even the right one then, and missing ones are not counted', async () => {
    const guarded = await startWorld({ environment: { RATE_LIMIT_SECRETS: '5' } });
    const attempt = (wrong: string) =>
      send(guarded, 'GET', '/admin/api/applications', { headers: bearer(wrong) });
    for (let i = 0; i < 20; i += 1)
      expect((await send(guarded, 'GET', '/admin/api/applications')).status).toBe(401);
    for (let i = 0; i < 5; i += 1) expect((await attempt(`wrong-${i}`)).status).toBe(401);
    const { status, headers, body } = await attempt(guarded.bridge.context.config.adminToken);
    expect([status, body.error]).toEqual([429, 'rate_limited']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    // Applications are not held responsible.
    const application = await send(guarded, 'POST', '/oauth/token', {
      headers: basic(guarded.application.id, guarded.application.secret),
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
    });
    expect(application.body.error).toBe('invalid_grant');
    await guarded.stop();
  });
});

describe('a body', () => {
  const post = (type: string | undefined, body: string | Uint8Array, path = '/admin/api/applications') =>
    send(world, 'POST', path, {
      headers: { ...bearer(token()), ...(type === undefined ? {} : { 'content-type': type }) },
      body,
    });
  const valid = JSON.stringify({ name: 'By body', redirect_uris: ['https://app.example/cb'] });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml', 'x'])(
    'of the type %s is refused, and not passed over in silence',
    async (type) => {
      const { status, body } = await post(type, valid);
      expect([status, body.error]).toEqual([400, 'request_invalid']);
      expect(body.detail).toContain('application/json');
      const rotation = await post(
        type,
        '{"overlap_hours":0}',
        `/admin/api/applications/${world.application.id}/secrets`,
      );
      expect(rotation.status).toBe(400);
    },
  );

  it('without a type is refused', async () => {
    const { status, body } = await post('', valid);
    expect([status, body.error]).toEqual([400, 'request_invalid']);
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8'])('of the type %s is read', async (type) => {
    expect((await post(type, valid)).status).toBe(201);
  });

  it.each([
    ['broken', '{"name":'],
    ['an array', '[]'],
    ['a text', '"x"'],
    ['a number', '42'],
    ['null', 'null'],
    ['not UTF-8', Buffer.from('{"name":"\xff"}', 'latin1')],
    ['nested a thousand times', `{"name":${'['.repeat(1_000)}${']'.repeat(1_000)}}`],
    ['with a prototype', '{"__proto__":{"name":"x"},"redirect_uris":["https://app.example/cb"]}'],
  ])('that is %s is refused', async (_what, text) => {
    const { status, body } = await post('application/json', text);
    expect([status, body.error]).toEqual([400, 'request_invalid']);
  });

  it('of more than 256 kB is refused', async () => {
    const { status, body } = await post('application/json', `{"name":"${'x'.repeat(300_000)}"}`);
    expect([status, body.error]).toEqual([413, 'body_too_large']);
    const large = await post('application/json', `{"name":"${'x'.repeat(10_000_000)}"}`);
    expect([large.status, large.body.error]).toEqual([413, 'body_too_large']);
  });

  it('may be left out where nothing is needed, whatever its type would be', async () => {
    for (const type of [undefined, 'application/json', 'application/x-www-form-urlencoded']) {
      const { status } = await send(world, 'POST', `/admin/api/platforms/${world.platformId}/activate`, {
        headers: { ...bearer(token()), ...(type === undefined ? {} : { 'content-type': type }) },
      });
      expect(status).toBe(200);
    }
  });
});
