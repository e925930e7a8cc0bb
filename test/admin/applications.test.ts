/** /admin/api/applications: made, read, changed, given a new secret, deleted. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduction, type ProductionBridge } from '../support/production.js';
import { ProcessTime, profile, signIn } from '../support/requests.js';
import { redirectUri, refresh, startWorld, type World } from '../support/world.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '00000000-0000-4000-8000-000000000000';
const secretShape = /^[A-Za-z0-9_-]{43}$/;

let world: World;
let production: ProductionBridge;
let time: ProcessTime;
beforeAll(async () => {
  world = await startWorld();
  production = await startProduction();
  time = new ProcessTime();
});
afterEach(() => time.reset());
afterAll(async () => {
  time.restore();
  await world.stop();
  await production.bridge.stop();
});

const admin = (method: string, path: string, body?: unknown) => world.bridge.admin(method, path, body);
const settings = (changes: Record<string, unknown> = {}) => ({
  name: 'An application',
  redirect_uris: ['https://app.example/cb', 'https://app.example/second?x=1'],
  ...changes,
});
const created = async (changes: Record<string, unknown> = {}) => {
  const { status, body } = await admin('POST', 'applications', settings(changes));
  expect(status).toBe(201);
  return body;
};

/** Whether the token endpoint takes this secret: it gets as far as the refresh token, which is none. */
async function isGood(id: string, secret: string): Promise<boolean> {
  const { body } = await refresh({ ...world, application: { id, secret, redirectUri } }, 'nonsense');
  expect(['invalid_grant', 'invalid_client']).toContain(body.error);
  return body.error === 'invalid_grant';
}

describe('an application', () => {
  it('is made with defaults, and its secret is shown', async () => {
    const body = await created();
    expect(body).toEqual({
      id: expect.stringMatching(uuid),
      client_id: body.id,
      client_secret: expect.stringMatching(secretShape),
      name: 'An application',
      redirect_uris: ['https://app.example/cb', 'https://app.example/second?x=1'],
      launch_mode: 'code',
      initiate_login_uri: null,
      jwks: null,
      jwks_uri: null,
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'RS256',
      message_origins: ['https://app.example'],
      created_at: expect.stringMatching(isoTime),
      updated_at: body.created_at,
    });
    expect(await isGood(body.id, body.client_secret)).toBe(true);
  });

  it('shows its secret once and nowhere again', async () => {
    const { client_secret, ...shown } = await created();
    const read = await admin('GET', `applications/${shown.id}`);
    expect([read.status, read.body]).toEqual([200, shown]);
    const patched = await admin('PATCH', `applications/${shown.id}`, { name: 'Renamed' });
    const list = await admin('GET', 'applications?limit=200');
    for (const { body } of [read, patched, list]) {
      expect(JSON.stringify(body)).not.toContain(client_secret);
      expect(JSON.stringify(body)).not.toMatch(/secret":|hash/);
    }
  });

  it('takes every setting that it has', async () => {
    const changes = {
      name: '  Ünïcödé – 数学 <b>&amp;  ',
      redirect_uris: [
        'http://localhost:3000/cb',
        'http://app.localhost/cb',
        'http://127.0.0.1:1/',
        'http://[::1]:2/',
      ],
      launch_mode: 'code',
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES256',
      message_origins: ['https://frame.example', 'https://frame.example:8443'],
    };
    const body = await created(changes);
    expect(body).toMatchObject({ ...changes, name: changes.name.trim() });
  });

  it('is changed member by member, and everything else stays', async () => {
    const { client_secret, ...before } = await created();
    time.advance(60);
    const changes: [Record<string, unknown>, string][] = [
      [{ name: 'Other' }, 'name'],
      [{ redirect_uris: ['https://other.example/'] }, 'redirect_uris'],
      [{ token_endpoint_auth_method: 'client_secret_post' }, 'token_endpoint_auth_method'],
      [{ id_token_signed_response_alg: 'ES256' }, 'id_token_signed_response_alg'],
      [{ message_origins: ['https://x.example'] }, 'message_origins'],
    ];
    let expected: Record<string, unknown> = before;
    for (const [change, member] of changes) {
      const { status, body } = await admin('PATCH', `applications/${before.id}`, change);
      expected = { ...expected, ...change };
      if (member === 'redirect_uris') expected.message_origins = ['https://other.example'];
      expect(status).toBe(200);
      expect(body).toEqual({ ...expected, updated_at: expect.stringMatching(isoTime) });
      expect(Date.parse(body.updated_at)).toBeGreaterThan(Date.parse(before.created_at));
    }
    const back = await admin('PATCH', `applications/${before.id}`, { message_origins: null });
    expect(back.body.message_origins).toEqual(['https://other.example']);
    expect(await isGood(before.id, client_secret)).toBe(true);
  });

  it('is not changed by an empty change', async () => {
    const { client_secret: _, ...before } = await created();
    const { status, body } = await admin('PATCH', `applications/${before.id}`, {});
    expect([status, body]).toEqual([200, { ...before, updated_at: expect.any(String) }]);
  });

  it('is deleted with all that belongs to it', async () => {
    const doomed = await startWorld();
    const { access_token } = await signIn(doomed);
    const deleted = await doomed.bridge.admin('DELETE', `applications/${doomed.application.id}`);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    expect((await profile(doomed, access_token)).status).toBe(401);
    for (const path of [`applications/${doomed.application.id}`, `platforms/${doomed.platformId}`]) {
      expect((await doomed.bridge.admin('GET', path)).status).toBe(404);
    }
    const { knex } = doomed.bridge.context.database;
    for (const table of ['people', 'classes', 'launches', 'oauth_artifacts', 'application_secrets']) {
      expect([table, await knex(table)]).toEqual([table, []]);
    }
    expect((await doomed.bridge.admin('DELETE', `applications/${doomed.application.id}`)).status).toBe(404);
    await doomed.stop();
  });
});

describe('what is sent for an application', () => {
  const bad: [field: string, value: unknown][] = [
    ['name', undefined],
    ['name', ''],
    ['name', '   '],
    ['name', 'x'.repeat(256)],
    ['name', 5],
    ['name', null],
    ['name', 'with\u0000nul'],
    ['name', 'with\r\nSet-Cookie: x=1'],
    ['redirect_uris', undefined],
    ['redirect_uris', 'https://app.example/cb'],
    ['redirect_uris', []],
    ['redirect_uris', ['https://app.example/cb', 'https://app.example/cb']],
    ['redirect_uris', Array.from({ length: 21 }, (_, i) => `https://app.example/${i}`)],
    ...[
      '',
      '/cb',
      '//app.example/cb',
      'app.example/cb',
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://app.example/',
      'myapp://cb',
      'http://app.example/cb',
      'http://localhost.evil.example/cb',
      'https://user@app.example/cb',
      'https://user:pass@app.example/cb',
      'https://app.example/cb#fragment',
      'https://app.example/cb#',
      ' https://app.example/cb',
      'https://app.example/cb\r\nX: y',
      'https://app.example\\@evil.example/',
      'https://app.example/a b',
      'https://app.example/日本',
      'https://ünïcödé.example/cb',
      "https://a;script-src'unsafe-inline'/cb",
      `https://app.example/${'x'.repeat(2_048)}`,
      7,
      null,
    ].map((uri): [string, unknown] => ['redirect_uris.0', [uri]]),
    ['launch_mode', 'initiate-something'],
    ['token_endpoint_auth_method', 'none-of-these'],
    ['id_token_signed_response_alg', 'HS256'],
    ['id_token_signed_response_alg', 'none'],
    ['message_origins', []],
    ['message_origins', 'https://frame.example'],
    ...[
      'https://frame.example/',
      'https://frame.example/path',
      'frame.example',
      '*',
      'null',
      'https://*.example.org',
      'https://frame.example;script-src',
      "https://frame.example'",
      'javascript:alert(1)',
      'ftp://frame.example',
      'https://Frame.example',
    ].map((value): [string, unknown] => ['message_origins.0', [value]]),
    ['client_secret', 'chosen-by-the-operator'],
    ['redirect_uri', 'https://app.example/cb'],
    ['id', unknownId],
  ];

  it.each(bad)('is refused when %s is %j, by the name of the field', async (field, value) => {
    const member = field.split('.')[0]!;
    const { status, body } = await admin('POST', 'applications', settings({ [member]: value }));
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'request_invalid',
      message: expect.any(String),
      field,
      detail: expect.any(String),
      reference: expect.any(String),
    });
  });

  it('is refused in a change for the same reasons, and nothing is changed', async () => {
    const { client_secret: _, ...before } = await created();
    for (const [field, value] of bad.filter(([, value]) => value !== undefined)) {
      const member = field.split('.')[0]!;
      const { status, body } = await admin('PATCH', `applications/${before.id}`, {
        name: 'Changed',
        [member]: value,
      });
      expect([field, value, status, body.field]).toEqual([field, value, 400, field]);
    }
    expect((await admin('GET', `applications/${before.id}`)).body).toEqual(before);
  });

  it('may name no address without TLS in production', async () => {
    for (const uri of ['http://localhost:3000/cb', 'http://127.0.0.1/cb', 'http://app.example/cb']) {
      const { status, body } = await production.admin(
        'POST',
        'applications',
        settings({ redirect_uris: [uri] }),
      );
      expect([status, body.field]).toEqual([400, 'redirect_uris.0']);
    }
    const { status, body } = await production.admin('POST', 'applications', settings());
    expect([status, body.redirect_uris[0]]).toEqual([201, 'https://app.example/cb']);
  });
});

describe('the list of applications', () => {
  it('is read page by page, each once and in one order', async () => {
    for (let i = 0; i < 5; i += 1) await created({ name: `Listed ${i}` });
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 50; page += 1) {
      const { status, body } = await admin('GET', `applications?limit=2${after}`);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      expect(body.next).toBe(seen.at(-1));
      after = `&after=${body.next}`;
    }
    const all = (await admin('GET', 'applications?limit=200')).body;
    expect(seen).toEqual(all.items.map(({ id }: { id: string }) => id));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted());
    expect(all.next).toBeNull();
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '-1'],
    ['limit', 'x'],
    ['limit', ''],
    ['limit', '1.5'],
    ['limit', '1&limit=2'],
    ['after', 'x'],
    ['after', ''],
    ['aftr', unknownId],
    ['offset', '1'],
  ])('refuses %s=%s', async (name, value) => {
    const { status, body } = await admin('GET', `applications?${name}=${value}`);
    expect([status, body.error, body.field]).toEqual([400, 'request_invalid', name]);
  });
});

describe('a new secret', () => {
  const rotated = async (id: string, body: unknown = {}) => {
    const answer = await admin('POST', `applications/${id}/secrets`, body);
    expect(answer.status).toBe(201);
    return answer.body;
  };

  it('is shown once, and says until when the older ones are good', async () => {
    const { id, client_secret } = await created();
    const before = Date.now();
    const body = await rotated(id);
    expect(body).toEqual({
      client_id: id,
      client_secret: expect.stringMatching(secretShape),
      older_secrets_end_at: expect.stringMatching(isoTime),
    });
    expect(body.client_secret).not.toBe(client_secret);
    const hours = (Date.parse(body.older_secrets_end_at) - before) / 3_600_000;
    expect(Math.round(hours)).toBe(24);
    for (const secret of [client_secret, body.client_secret]) expect(await isGood(id, secret)).toBe(true);
  });

  it('ends the older ones at once where no overlap is wanted', async () => {
    const { id, client_secret } = await created();
    const { client_secret: second } = await rotated(id);
    const { client_secret: third } = await rotated(id, { overlap_hours: 0 });
    expect(await isGood(id, client_secret)).toBe(false);
    expect(await isGood(id, second)).toBe(false);
    expect(await isGood(id, third)).toBe(true);
  });

  it('never makes an older one live longer than it was told', async () => {
    const { id, client_secret } = await created();
    await rotated(id, { overlap_hours: 1 });
    const { client_secret: third } = await rotated(id, { overlap_hours: 48 });
    time.advance(2 * 3_600);
    await admin('PATCH', `applications/${id}`, { name: 'Read anew' });
    expect(await isGood(id, client_secret)).toBe(false);
    expect(await isGood(id, third)).toBe(true);
  });

  it.each([
    ['overlap_hours', -1],
    ['overlap_hours', 24 * 90 + 1],
    ['overlap_hours', '24'],
    ['overlap_hours', null],
    ['overlap', 1],
    ['client_secret', 'chosen'],
  ])('is refused with %s %j', async (field, value) => {
    const { id, client_secret } = await created();
    const { status, body } = await admin('POST', `applications/${id}/secrets`, { [field]: value });
    expect([status, body.field]).toEqual([400, field]);
    expect(await isGood(id, client_secret)).toBe(true);
  });
});

describe('an application that does not exist', () => {
  it.each([unknownId, 'x', '%00', "'", '1', '..', `${unknownId}0`])('(%s) is not found', async (id) => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/secrets', {}],
    ] as const) {
      if (id === '..') continue;
      const { status, body: answer } = await admin(method, `applications/${id}${path}`, body);
      expect([method, status, answer.error]).toEqual([method, 404, 'not_found']);
    }
  });
});
