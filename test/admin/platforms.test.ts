/** /admin/api/platforms: LMSs connected by hand, their policies, and how they are shut out and let in. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduction, type ProductionBridge } from '../support/production.js';
import { send } from '../support/requests.js';
import {
  beginLogin,
  createApplication,
  launch,
  redirectUri,
  refusalOf,
  resourceLaunch,
  startWorld,
  type TestApplication,
  type World,
} from '../support/world.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '00000000-0000-4000-8000-000000000000';

let world: World;
let application: TestApplication;
let production: ProductionBridge;
let productionApplication: string;
beforeAll(async () => {
  world = await startWorld();
  application = await createApplication(world.bridge, {
    redirect_uris: [redirectUri, 'https://app.example/second'],
  });
  production = await startProduction();
  const made = await production.admin('POST', 'applications', {
    name: 'In production',
    redirect_uris: ['https://app.example/cb'],
  });
  productionApplication = made.body.id;
});
afterAll(async () => {
  await world.stop();
  await production.bridge.stop();
});

const admin = (method: string, path: string, body?: unknown) => world.bridge.admin(method, path, body);
let number = 0;
const settings = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  application_id: application.id,
  name: 'A school',
  issuer: `https://lms-${(number += 1)}.example`,
  client_id: `client-${number}`,
  authorization_endpoint: 'https://lms.example/auth?x=1',
  token_endpoint: 'https://lms.example/token',
  jwks_uri: 'https://lms.example/jwks',
  ...changes,
});
const created = async (changes: Record<string, unknown> = {}) => {
  const { status, body } = await admin('POST', 'platforms', settings(changes));
  expect([status, body.detail]).toEqual([201, undefined]);
  return body;
};

describe('a platform', () => {
  it('is made active, with careful defaults', async () => {
    const sent = settings();
    const { status, body } = await admin('POST', 'platforms', sent);
    expect(status).toBe(201);
    expect(body).toEqual({
      ...sent,
      id: expect.stringMatching(uuid),
      state: 'active',
      product: null,
      deployment_policy: 'auto',
      allow_anonymous: false,
      privacy_level: 'public',
      redirect_uri: null,
      frame_origins: [],
      id_token_signing_algs: ['RS256'],
      created_at: expect.stringMatching(isoTime),
      updated_at: body.created_at,
    });
    expect((await admin('GET', `platforms/${body.id}`)).body).toEqual(body);
  });

  it('takes every setting that it has', async () => {
    const policies = {
      product: 'moodle',
      deployment_policy: 'approve',
      allow_anonymous: true,
      privacy_level: 'name_only',
      redirect_uri: 'https://app.example/second',
      frame_origins: ['https://school.example', 'https://*.school.example', 'http://lms.localhost:8080'],
      id_token_signing_algs: ['RS256', 'ES256'],
    };
    expect(await created({ ...policies, token_endpoint: null })).toMatchObject({
      ...policies,
      token_endpoint: null,
    });
  });

  it('takes an issuer just as the LMS sends it', async () => {
    for (const issuer of ['https://lms.example/path/', 'https://LMS.example', 'ltiadv-ri-platform']) {
      expect((await created({ issuer })).issuer).toBe(issuer);
    }
  });

  it('comes with the deployments that are named, each once', async () => {
    const { id } = await created({ deployment_ids: ['1', '1', 'two words', '{"a":1}'] });
    const { body } = await admin('GET', `deployments?platform_id=${id}`);
    const known = body.items.map((one: any) => [one.deployment_id, one.state]);
    expect(known.toSorted()).toEqual(
      [
        ['1', 'active'],
        ['two words', 'active'],
        ['{"a":1}', 'active'],
      ].toSorted(),
    );
  });

  it('is changed member by member, and everything else stays', async () => {
    const before = await created();
    let expected = before;
    for (const change of [
      { name: 'Renamed' },
      { issuer: 'https://renamed.example' },
      { client_id: 'renamed' },
      { authorization_endpoint: 'https://renamed.example/auth' },
      { token_endpoint: null },
      { jwks_uri: 'https://renamed.example/jwks' },
      { product: 'canvas' },
      { deployment_policy: 'closed' },
      { allow_anonymous: true },
      { privacy_level: 'anonymous' },
      { redirect_uri: redirectUri },
      { redirect_uri: null },
      { frame_origins: ['https://renamed.example'] },
      { id_token_signing_algs: ['ES256'] },
      {},
    ]) {
      const { status, body } = await admin('PATCH', `platforms/${before.id}`, change);
      expected = { ...expected, ...change };
      expect([status, body]).toEqual([200, { ...expected, updated_at: expect.stringMatching(isoTime) }]);
    }
    expect((await admin('GET', `platforms/${before.id}`)).body).toMatchObject({
      ...expected,
      updated_at: expect.any(String),
    });
  });

  it('is deleted, and is gone', async () => {
    const { id } = await created({ deployment_ids: ['1'] });
    expect((await admin('DELETE', `platforms/${id}`)).status).toBe(204);
    expect((await admin('GET', `platforms/${id}`)).status).toBe(404);
    expect((await admin('GET', `deployments?platform_id=${id}`)).body.items).toEqual([]);
    expect((await admin('DELETE', `platforms/${id}`)).status).toBe(404);
  });

  it('is suspended and activated, as often as one likes', async () => {
    const { id } = await created();
    for (const [verb, state] of [
      ['suspend', 'suspended'],
      ['suspend', 'suspended'],
      ['activate', 'active'],
      ['activate', 'active'],
    ]) {
      const { status, body } = await admin('POST', `platforms/${id}/${verb}`);
      expect([status, body.id, body.state]).toEqual([200, id, state]);
      expect((await admin('GET', `platforms/${id}`)).body.state).toBe(state);
    }
  });

  it('that is suspended lets nobody in, and lets them in again at once when activated', async () => {
    await admin('POST', `platforms/${world.platformId}/suspend`);
    const page = await launch(world, resourceLaunch());
    expect([page.status, refusalOf(page)]).toEqual([403, 'launch_registration_inactive']);
    await admin('POST', `platforms/${world.platformId}/activate`);
    expect((await launch(world, resourceLaunch())).status).toBe(303);
  });
});

describe('what is sent for a platform', () => {
  const badAddresses = [
    '',
    '/auth',
    '//lms.example/auth',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://lms.example/',
    'http://lms.example/auth',
    'http://localhost.evil.example/',
    'https://user:pass@lms.example/',
    'https://lms.example/#fragment',
    'https://lms.example/a b',
    'https://lms.example/\r\nX: y',
    'https://lms.example\\@evil.example/',
    'https://lms.example/ä',
    `https://lms.example/${'x'.repeat(2_048)}`,
    5,
  ];
  const unreachable = [
    'https://10.0.0.1/jwks',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest',
    'https://[fd00::1]/',
  ];
  const bad: [field: string, value: unknown][] = [
    ['application_id', undefined],
    ['application_id', 'x'],
    ['application_id', unknownId],
    ['name', undefined],
    ['name', ' '],
    ['name', 'x'.repeat(256)],
    ['name', 'with\u0000nul'],
    ['issuer', undefined],
    ['issuer', ''],
    ['issuer', ' https://lms.example'],
    ['issuer', 'https://lms.example '],
    ['issuer', 'https://lms\u200b.example'],
    ['issuer', 'https://lms.example\n'],
    ['issuer', 'x'.repeat(2_049)],
    ['client_id', undefined],
    ['client_id', ''],
    ['client_id', 'a b'],
    ['client_id', 'clïent'],
    ['client_id', 'x'.repeat(256)],
    ['client_id', 10],
    ['authorization_endpoint', undefined],
    ['authorization_endpoint', null],
    ...badAddresses.map((value): [string, unknown] => ['authorization_endpoint', value]),
    ...[...badAddresses, ...unreachable].map((value): [string, unknown] => ['token_endpoint', value]),
    ['jwks_uri', undefined],
    ['jwks_uri', null],
    ...[...badAddresses, ...unreachable].map((value): [string, unknown] => ['jwks_uri', value]),
    ['product', ''],
    ['product', 'x'.repeat(256)],
    ['deployment_policy', 'open'],
    ['allow_anonymous', 'true'],
    ['allow_anonymous', null],
    ['privacy_level', 'none'],
    ['redirect_uri', 'https://app.example/unregistered'],
    ['redirect_uri', `${redirectUri}/`],
    ['redirect_uri', 5],
    ['frame_origins', 'https://school.example'],
    ['frame_origins', Array.from({ length: 51 }, (_, i) => `https://school-${i}.example`)],
    ...[
      '*',
      'https:',
      'null',
      "'self'",
      'school.example',
      'https://school.example/',
      'https://school.example/path',
      "https://school.example;script-src'unsafe-inline'",
      'https://school.example,evil',
      'https://a*.school.example',
      'https://*.*.example',
      'ftp://school.example',
      'javascript:alert(1)',
    ].map((value): [string, unknown] => ['frame_origins.0', [value]]),
    ['id_token_signing_algs', []],
    ['id_token_signing_algs.0', ['none']],
    ['id_token_signing_algs.0', ['HS256']],
    ['id_token_signing_algs.1', ['RS256', 'PS256']],
    ['state', 'active'],
    ['id', unknownId],
    ['isuer', 'https://lms.example'],
  ];

  it.each(bad)('is refused when %s is %j, by the name of the field', async (field, value) => {
    const { status, body } = await admin('POST', 'platforms', settings({ [field.split('.')[0]!]: value }));
    expect([status, body.error, body.field]).toEqual([400, 'request_invalid', field]);
    expect(body.detail).toEqual(expect.any(String));
  });

  it.each([
    ['deployment_ids', 'one'],
    ['deployment_ids', Array.from({ length: 101 }, (_, i) => `${i}`)],
    ['deployment_ids.0', ['']],
    ['deployment_ids.0', ['x'.repeat(256)]],
    ['deployment_ids.1', ['1', 'a\nb']],
    ['deployment_ids.0', [1]],
    ['allow_duplicate', 'yes'],
  ])('is refused when %s is %j', async (field, value) => {
    const { status, body } = await admin('POST', 'platforms', settings({ [field.split('.')[0]!]: value }));
    expect([status, body.field]).toEqual([400, field]);
  });

  it('is refused in a change for the same reasons, and nothing is changed', async () => {
    const before = await created();
    for (const [field, value] of bad.filter(([, value]) => value !== undefined)) {
      const { status, body } = await admin('PATCH', `platforms/${before.id}`, {
        name: 'Changed',
        [field.split('.')[0]!]: value,
      });
      expect([field, value, status, body.field]).toEqual([field, value, 400, field]);
    }
    for (const name of ['application_id', 'deployment_ids', 'allow_duplicate']) {
      const { status, body } = await admin('PATCH', `platforms/${before.id}`, { [name]: before[name] ?? [] });
      expect([status, body.field]).toEqual([400, name]);
    }
    expect((await admin('GET', `platforms/${before.id}`)).body).toEqual(before);
  });

  it('leaves no row behind when it is refused', async () => {
    const before = await world.bridge.context.database.knex('platforms').count({ count: '*' });
    await admin('POST', 'platforms', settings({ redirect_uri: 'https://app.example/unregistered' }));
    await admin('POST', 'platforms', settings({ deployment_ids: ['ok', ''] }));
    expect(await world.bridge.context.database.knex('platforms').count({ count: '*' })).toEqual(before);
  });
});

describe('in production', () => {
  const make = (changes: Record<string, unknown>) =>
    production.admin('POST', 'platforms', settings({ application_id: productionApplication, ...changes }));

  it.each([
    ['issuer', 'http://lms.example'],
    ['issuer', 'ltiadv-ri-platform'],
    ['issuer', 'https://lms.example?x=1'],
    ['issuer', 'https://lms.example#x'],
    ['authorization_endpoint', 'http://localhost/auth'],
    ['token_endpoint', 'http://127.0.0.1/token'],
    ['token_endpoint', 'https://localhost/token'],
    ['jwks_uri', 'http://lms.localhost/jwks'],
    ['jwks_uri', 'https://127.0.0.1/jwks'],
    ['jwks_uri', 'https://[::1]/jwks'],
    ['jwks_uri', 'https://2130706433/jwks'],
    ['jwks_uri', 'https://0x7f.1/jwks'],
    ['frame_origins.0', ['http://school.example']],
  ])('%s is refused when it is %j', async (field, value) => {
    const { status, body } = await make({ [field.split('.')[0]!]: value });
    expect([status, body.field]).toEqual([400, field]);
  });

  it('a real platform is taken', async () => {
    const { status, body } = await make({ frame_origins: ['https://*.school.example'] });
    expect([status, body.state]).toEqual([201, 'active']);
  });
});

describe('a second platform with the same issuer and client_id', () => {
  it('is refused unless it is meant, and then has a login address of its own', async () => {
    const first = await created();
    const { issuer, client_id } = first;
    const refused = await admin('POST', 'platforms', settings({ issuer, client_id }));
    expect([refused.status, refused.body.error, refused.body.field]).toEqual([409, 'conflict', 'client_id']);
    expect(refused.body.detail).toContain(first.id);
    expect(refused.body.detail).toContain('allow_duplicate');

    const twin = await created({ issuer, client_id, allow_duplicate: true });
    expect(twin).not.toHaveProperty('allow_duplicate');
    const parameters = { iss: issuer, client_id, login_hint: 'x', target_link_uri: 'https://x.example' };
    const { page } = await beginLogin(world, parameters);
    expect([page.status, refusalOf(page)]).toEqual([400, 'login_client_ambiguous']);
    const own = await send(world, 'POST', `/lti/login/${twin.id}`, { body: new URLSearchParams(parameters) });
    expect(own.status).toBeLessThan(400);
  });

  it('is refused across applications too: they share the login address', async () => {
    const { issuer, client_id } = await created();
    const other = await createApplication(world.bridge);
    const { status } = await admin(
      'POST',
      'platforms',
      settings({ issuer, client_id, application_id: other.id }),
    );
    expect(status).toBe(409);
  });

  it('does not come about by a change', async () => {
    const [first, second] = [await created(), await created()];
    for (const change of [
      { issuer: first.issuer, client_id: first.client_id },
      { name: 'X', client_id: first.client_id, issuer: first.issuer },
    ]) {
      const { status, body } = await admin('PATCH', `platforms/${second.id}`, change);
      expect([status, body.field]).toEqual([409, 'client_id']);
    }
    expect((await admin('PATCH', `platforms/${second.id}`, { issuer: first.issuer })).status).toBe(200);
    expect((await admin('PATCH', `platforms/${second.id}`, { client_id: first.client_id })).status).toBe(409);
  });

  it('may be changed in all else, also by whoever sends everything back as it was', async () => {
    const { issuer, client_id } = await created();
    const twin = await created({ issuer, client_id, allow_duplicate: true });
    const { status, body } = await admin('PATCH', `platforms/${twin.id}`, {
      issuer,
      client_id,
      name: 'Twin',
    });
    expect([status, body.name]).toEqual([200, 'Twin']);
  });
});

describe('the list of platforms', () => {
  it('is read page by page, for one application or for all', async () => {
    const own = await createApplication(world.bridge);
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) made.push((await created({ application_id: own.id })).id);
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 10; page += 1) {
      const { body } = await admin('GET', `platforms?application_id=${own.id}&limit=2${after}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      after = `&after=${body.next}`;
    }
    expect(seen).toEqual(made.toSorted());
    const all = (await admin('GET', 'platforms?limit=200')).body.items;
    expect(all.length).toBeGreaterThan(made.length);
    expect((await admin('GET', `platforms?application_id=${unknownId}`)).body).toEqual({
      items: [],
      next: null,
    });
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['after', 'x'],
    ['application_id', 'x'],
    ['application', unknownId],
    ['state', 'active'],
  ])('refuses %s=%s', async (name, value) => {
    const { status, body } = await admin('GET', `platforms?${name}=${value}`);
    expect([status, body.error, body.field]).toEqual([400, 'request_invalid', name]);
  });
});

describe('a platform that does not exist', () => {
  it.each([unknownId, 'x', '%00', "'", `${unknownId}0`])('(%s) is not found', async (id) => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/activate', undefined],
      ['POST', '/suspend', undefined],
    ] as const) {
      const { status, body: answer } = await admin(method, `platforms/${id}${path}`, body);
      expect([method, path, status, answer.error]).toEqual([method, path, 404, 'not_found']);
    }
  });
});
