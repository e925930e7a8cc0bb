/** GET /api/v2/my/profile: who came, in Edlink's model, for whoever holds a good access token. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ProcessTime, bearer, profile, send, sendRaw, signIn } from '../support/requests.js';
import { refresh, resourceLaunch, startWorld, type World } from '../support/world.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const path = '/api/v2/my/profile';

let world: World;
let time: ProcessTime;
beforeAll(async () => {
  world = await startWorld();
  time = new ProcessTime();
});
afterEach(() => time.reset());
afterAll(async () => {
  time.restore();
  await world.stop();
});

function expectRefused(
  answer: { status: number; headers: Headers; body: any },
  status: number,
  code: string,
): void {
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({
    $errors: [{ code, message: expect.any(String) }],
    $request: expect.stringMatching(uuid),
  });
  expect(answer.body.$request).toBe(answer.headers.get('x-request-id'));
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
}

describe('the profile', () => {
  it('is a person with every key of the model, in the envelope', async () => {
    const { access_token } = await signIn(
      world,
      resourceLaunch({
        person: {
          id: 'user-full',
          name: 'Ada M. Sample',
          givenName: 'Ada',
          middleName: 'M.',
          familyName: 'Sample',
          email: 'ada@school.example',
          picture: 'https://lms.example/ada.png',
          sourcedId: 'S-1815',
        },
        locale: 'de-DE',
      }),
    );
    const { status, headers, body } = await profile(world, access_token);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      $data: {
        id: expect.stringMatching(uuid),
        created_date: expect.stringMatching(isoTime),
        updated_date: expect.stringMatching(isoTime),
        first_name: 'Ada',
        middle_name: 'M.',
        last_name: 'Sample',
        display_name: 'Ada M. Sample',
        roles: ['student'],
        graduation_year: null,
        grade_levels: [],
        picture_url: 'https://lms.example/ada.png',
        email: 'ada@school.example',
        phone: null,
        locale: 'de-DE',
        time_zone: null,
        demographics: {},
        properties: {},
        identifiers: [
          { type: 'lti_id', value: 'user-full' },
          { type: 'sis_id', value: 'S-1815' },
        ],
        district_id: expect.stringMatching(uuid),
        school_ids: [expect.stringMatching(uuid)],
      },
      $request: expect.stringMatching(uuid),
    });
    expect(body.$request).toBe(headers.get('x-request-id'));
  });

  it('of somebody of whom the LMS tells nothing has the same keys', async () => {
    const full = await profile(world, (await signIn(world)).access_token);
    const { access_token } = await signIn(world, resourceLaunch({ person: { id: 'user-silent' } }));
    const { body } = await profile(world, access_token);
    expect(Object.keys(body.$data)).toEqual(Object.keys(full.body.$data));
    expect(body.$data).toMatchObject({
      first_name: null,
      middle_name: null,
      last_name: null,
      display_name: null,
      email: null,
      picture_url: null,
      identifiers: [{ type: 'lti_id', value: 'user-silent' }],
    });
  });

  it('makes two halves of a name that came whole', async () => {
    const { access_token } = await signIn(
      world,
      resourceLaunch({ person: { id: 'user-whole', name: 'María José García Márquez' } }),
    );
    expect((await profile(world, access_token)).body.$data).toMatchObject({
      first_name: 'María',
      last_name: 'José García Márquez',
      display_name: 'María José García Márquez',
    });
  });

  it('keeps its id over launches, and is another one for another person', async () => {
    const ids: string[] = [];
    for (const id of ['user-1', 'user-1', 'user-2']) {
      const { access_token } = await signIn(world, resourceLaunch({ person: { id, name: 'Ada Sample' } }));
      ids.push((await profile(world, access_token)).body.$data.id);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('follows a new name at the next launch, for the tokens of earlier ones too', async () => {
    const person = { id: 'user-renamed', name: 'Old Name' };
    const before = await signIn(world, resourceLaunch({ person }));
    await signIn(world, resourceLaunch({ person: { ...person, name: 'New Name' } }));
    expect((await profile(world, before.access_token)).body.$data.display_name).toBe('New Name');
  });

  it('answers with a question mark behind it, to HEAD, and whatever content type a GET carries', async () => {
    const headers = bearer((await signIn(world)).access_token);
    expect((await send(world, 'GET', `${path}?`, { headers })).status).toBe(200);
    expect((await send(world, 'GET', `${path}?$fields=id&x[y]=1`, { headers })).status).toBe(200);
    const typed = { ...headers, 'content-type': 'application/json' };
    expect((await send(world, 'GET', path, { headers: typed })).status).toBe(200);
    const head = await send(world, 'HEAD', path, { headers });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('takes the scheme in any letter case', async () => {
    const { access_token } = await signIn(world);
    const authorization = `bearer ${access_token}`;
    expect((await send(world, 'GET', path, { headers: { authorization } })).status).toBe(200);
  });
});

describe('a request for the profile', () => {
  it('without a token is refused with INVALID_TOKEN and asked for one', async () => {
    const answer = await send(world, 'GET', path);
    expectRefused(answer, 401, 'INVALID_TOKEN');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body.$errors[0].message).toMatch(
      /^You must supply a valid access token to access this endpoint\./,
    );
  });

  it.each(['nonsense', 'x'.repeat(512), '../../etc/passwd', 'a.b.c', '____'])(
    'with the token %s is refused with INVALID_TOKEN',
    async (token) => {
      const answer = await profile(world, token);
      expectRefused(answer, 401, 'INVALID_TOKEN');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    },
  );

  it('with an unreadable Authorization header is refused with INVALID_TOKEN', async () => {
    for (const authorization of ['Bearer', 'Bearer ', `Bearer ${'x'.repeat(10_000)}`, "Bearer ' or 1=1"]) {
      expectRefused(await sendRaw(world, 'GET', path, { headers: { authorization } }), 401, 'INVALID_TOKEN');
    }
  });

  it('with a token that has expired is refused with EXPIRED_TOKEN', async () => {
    const { access_token, refresh_token } = await signIn(world);
    time.advance(3_600);
    const answer = await profile(world, access_token);
    expectRefused(answer, 401, 'EXPIRED_TOKEN');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    const { body } = await refresh(world, refresh_token);
    expect((await profile(world, body.access_token)).status).toBe(200);
  });

  it('with a token that has expired and was purged is refused with INVALID_TOKEN', async () => {
    const { access_token } = await signIn(world);
    time.advance(7_200);
    await world.bridge.context.purge();
    expectRefused(await profile(world, access_token), 401, 'INVALID_TOKEN');
  });

  it.each(['refresh_token', 'id_token', 'code'] as const)(
    'with a %s is refused with INVALID_TOKEN',
    async (kind) => {
      expectRefused(await profile(world, (await signIn(world))[kind]), 401, 'INVALID_TOKEN');
    },
  );

  it('with the token of a person who was deleted is refused with INVALID_TOKEN', async () => {
    const draft = resourceLaunch({ person: { id: 'user-deleted', name: 'Gone Soon' } });
    const { access_token, refresh_token } = await signIn(world, draft);
    const { id } = (await profile(world, access_token)).body.$data;
    await world.bridge.context.database.knex('people').where({ id }).delete();
    expectRefused(await profile(world, access_token), 401, 'INVALID_TOKEN');
    expect((await refresh(world, refresh_token)).body.error).toBe('invalid_grant');
  });

  it('of a launch whose grant was revoked is refused with INVALID_TOKEN', async () => {
    const { access_token, context } = await signIn(world);
    await world.bridge.context.launches.revokeGrant(context.lti.launch_id);
    expectRefused(await profile(world, access_token), 401, 'INVALID_TOKEN');
  });

  it('of a suspended platform is refused with INVALID_INTEGRATION_STATE', async () => {
    const { access_token } = await signIn(world);
    await world.bridge.admin('POST', `platforms/${world.platformId}/suspend`);
    expectRefused(await profile(world, access_token), 403, 'INVALID_INTEGRATION_STATE');
    await world.bridge.admin('POST', `platforms/${world.platformId}/activate`);
    expect((await profile(world, access_token)).status).toBe(200);
  });

  it('by another method is refused with the right ones named', async () => {
    const headers = bearer((await signIn(world)).access_token);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await send(world, method, path, { headers });
      expectRefused(answer, 405, 'UNSUPPORTED_OPERATION');
      expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD']);
    }
  });

  it.each(['/api/v2/my', '/api/v2/my/', '/api/v2/my/nothing', '/api/v2/my/profile/x', '/api/v2/x'])(
    'at %s, where nothing is, is refused in the envelope',
    async (nowhere) => {
      const headers = bearer((await signIn(world)).access_token);
      expectRefused(await send(world, 'GET', nowhere, { headers }), 404, 'NOT_FOUND');
    },
  );
});

describe('every route of the API', () => {
  const folder = join(import.meta.dirname, '../../server/api/edlink');
  const routes = readdirSync(folder).flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const prefix = /new Router\(\{ prefix: '([^']+)' \}\)/.exec(text)?.[1] ?? '';
    const calls = text.matchAll(/\brouter\.(get|post|put|patch|delete|all)\(\s*'([^']+)'/g);
    return Array.from(calls, ([, method, route]) => `${method!.toUpperCase()} ${prefix}${route}`);
  });

  it.each(routes)('%s answers nobody who has no token, and is called by its pattern in the log', async (route) => {
    const [method, pattern] = route.split(' ') as [string, string];
    const address = pattern.replace(/:\w+/g, '00000000-0000-4000-8000-000000000000');
    const answer = await send(world, method, address);
    expectRefused(answer, 401, 'INVALID_TOKEN');
    const line = world.bridge.logLines.findLast((one) => one.includes(answer.body.$request))!;
    expect(JSON.parse(line)).toMatchObject({ event: 'request', route: pattern, status: 401 });
  });
});
