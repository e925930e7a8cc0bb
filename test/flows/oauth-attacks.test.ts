/** What somebody might try against the authorization server, and that nothing comes of it. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startPlatform } from '../support/platform.js';
import {
  ProcessTime,
  basic,
  bearer,
  dumpDatabase,
  introspect,
  profile,
  revoke,
  send,
  sendAs,
  sendRaw,
  signIn,
  userinfo,
  type Sending,
  type Tokens,
} from '../support/requests.js';
import {
  codeOf,
  connect,
  createApplication,
  exchange,
  launch,
  redirectUri,
  refresh,
  refusalOf,
  requestToken,
  resourceLaunch,
  startWorld,
  type TestApplication,
  type World,
} from '../support/world.js';

let world: World;
/** Another application of the same operator, which somebody untrusted wrote. */
let stranger: TestApplication;
let time: ProcessTime;
beforeAll(async () => {
  world = await startWorld();
  stranger = await createApplication(world.bridge, { redirect_uris: ['https://stranger.example/cb'] });
  time = new ProcessTime();
});
afterEach(() => time.reset());
afterAll(async () => {
  time.restore();
  await world.stop();
});

const newCode = async () => codeOf(await launch(world, resourceLaunch()));
const asStranger = () => ({ ...world, application: stranger });
const newestLaunchId = async (): Promise<string> =>
  (await world.bridge.admin('GET', 'launches?limit=1')).body.items[0].id;

/** Nothing that the launch gave is good for anything. */
async function expectDead(tokens: Pick<Tokens, 'access_token' | 'refresh_token'>): Promise<void> {
  expect((await profile(world, tokens.access_token)).status).toBe(401);
  expect((await userinfo(world, tokens.access_token)).status).toBe(401);
  expect((await refresh(world, tokens.refresh_token)).body.error).toBe('invalid_grant');
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    expect((await introspect(world, token)).body).toEqual({ active: false });
  }
}

async function expectAlive(tokens: Pick<Tokens, 'access_token' | 'refresh_token'>): Promise<void> {
  expect((await profile(world, tokens.access_token)).status).toBe(200);
  expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
}

function expectInvalidGrant({ status, body }: { status: number; body: any }): void {
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
}

describe('a code', () => {
  it('that the application sends again at once, after a reload, is refused and ends nothing', async () => {
    const tokens = await signIn(world);
    expectInvalidGrant(await exchange(world, tokens.code));
    time.advance(55);
    expectInvalidGrant(await exchange(world, tokens.code));
    await expectAlive(tokens);
  });

  it('that the application sends again a minute later ends everything that came of it', async () => {
    const tokens = await signIn(world);
    time.advance(62);
    expectInvalidGrant(await exchange(world, tokens.code));
    await expectDead(tokens);
  });

  it('that comes back within a day of being spent is still known, purged or not', async () => {
    const tokens = await signIn(world);
    time.advance(80_000);
    await world.bridge.context.purge();
    expectInvalidGrant(await exchange(world, tokens.code));
    await expectDead(tokens);
  });

  it('that another application sends after it was spent ends everything that came of it', async () => {
    const tokens = await signIn(world);
    expectInvalidGrant(await exchange(asStranger(), tokens.code));
    await expectDead(tokens);
  });

  it('that another application sends first gives it nothing, and stays good for its owner', async () => {
    const code = await newCode();
    const stolen = await requestToken(asStranger(), {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
    });
    expectInvalidGrant(stolen);
    expectInvalidGrant(await requestToken(asStranger(), { grant_type: 'authorization_code', code }));
    expect((await exchange(world, code)).status).toBe(200);
  });

  it('sent with a wrong secret is not looked at', async () => {
    const tokens = await signIn(world);
    const spent = await exchange(world, tokens.code, { secret: 'wrong' });
    expect([spent.status, spent.body.error]).toEqual([401, 'invalid_client']);
    await expectAlive(tokens);
    const code = await newCode();
    expect((await exchange(world, code, { secret: 'wrong' })).status).toBe(401);
    expect((await exchange(world, code)).status).toBe(200);
  });

  it.each([
    ['https://stranger.example/cb'],
    [`${redirectUri}/`],
    [`${redirectUri}?x=1`],
    [redirectUri.toUpperCase()],
    ['http://127.0.0.1:9/callback'],
  ])('is refused with the redirect URI %s', async (other) => {
    const code = await newCode();
    const form = { grant_type: 'authorization_code', code, redirect_uri: other };
    expectInvalidGrant(await requestToken(world, form));
    expect((await exchange(world, code)).status).toBe(200);
  });

  it('of a launch whose grant was revoked is refused', async () => {
    const code = await newCode();
    await world.bridge.context.launches.revokeGrant(await newestLaunchId());
    expectInvalidGrant(await exchange(world, code));
  });

  it('of an unsolicited launch takes no code_verifier', async () => {
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri };
    const verifier = 'v'.repeat(43);
    expectInvalidGrant(
      await requestToken(world, { ...form, code: await newCode(), code_verifier: verifier }),
    );
    const short = await requestToken(world, { ...form, code: await newCode(), code_verifier: 'short' });
    expect(short.status).toBe(400);
  });

  it('is no other kind of token', async () => {
    const { access_token, refresh_token, id_token } = await signIn(world);
    for (const code of [access_token, refresh_token, id_token, 'x'.repeat(50_000), '\0', "' or 1=1 --"]) {
      expectInvalidGrant(await exchange(world, code));
    }
    for (const token of [access_token, id_token]) expectInvalidGrant(await refresh(world, token));
  });

  it('of which fifty are each sent twice at once gives tokens exactly fifty times', async () => {
    const codes: string[] = [];
    for (let i = 0; i < 50; i += 1) codes.push(await newCode());
    const answers = await Promise.all(
      codes.flatMap((code) => [exchange(world, code), exchange(world, code)]),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(50);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body.error}`))).toEqual(
      new Set(['400 invalid_grant']),
    );
    const winners = answers.filter(({ status }) => status === 200).map(({ body }) => body as Tokens);
    expect(new Set(winners.map((tokens) => tokens.context.lti.launch_id)).size).toBe(50);
    for (const tokens of winners.slice(0, 5)) await expectAlive(tokens);
  });
});

describe('a revocation', () => {
  it('that meets an exchange under way leaves nothing alive', async () => {
    for (let i = 0; i < 20; i += 1) {
      const code = await newCode();
      const id = await newestLaunchId();
      const revocation = async () => {
        // Each round a little later in the exchange, which takes a handful of statements.
        for (let turn = 0; turn < i; turn += 1) await world.bridge.context.launches.find(id);
        await world.bridge.context.launches.revokeGrant(id);
      };
      const [answer] = await Promise.all([exchange(world, code), revocation()]);
      if (answer.status === 200) await expectDead(answer.body);
      else expectInvalidGrant(answer);
      expectInvalidGrant(await exchange(world, code));
    }
  });

  it('that meets refreshes under way leaves nothing alive', async () => {
    for (let i = 0; i < 5; i += 1) {
      const { refresh_token } = await signIn(world);
      const refreshes = [1, 2, 3, 4].map(() => refresh(world, refresh_token));
      const [revoked, ...answers] = await Promise.all([revoke(world, refresh_token), ...refreshes]);
      expect(revoked.status).toBe(200);
      for (const { status, body } of answers.filter((answer) => answer.status === 200)) {
        expect(status).toBe(200);
        await expectDead({ access_token: body.access_token, refresh_token });
      }
      expectInvalidGrant(await refresh(world, refresh_token));
    }
  });

  it('cannot be undone by what is saved later', async () => {
    const { refresh_token } = await signIn(world);
    const id = await newestLaunchId();
    await revoke(world, refresh_token);
    const { artifacts } = world.bridge.context;
    expect(await artifacts.insert('AccessToken', 'late', id, { exp: 9e9 }, null)).toBe(false);
    expect((await profile(world, 'late')).status).toBe(401);
  });
});

describe('a refresh token', () => {
  it('is of no use to another application, and its try ends nothing', async () => {
    const tokens = await signIn(world);
    expectInvalidGrant(await refresh(asStranger(), tokens.refresh_token));
    await expectAlive(tokens);
  });

  it('gives no access for another audience or resource', async () => {
    const { refresh_token } = await signIn(world);
    const form = { grant_type: 'refresh_token', refresh_token };
    const { status, body } = await requestToken(world, {
      ...form,
      resource: 'https://other.example',
      audience: 'other',
    });
    expect(status).toBe(200);
    const { body: token } = await introspect(world, body.access_token);
    expect(token).not.toHaveProperty('aud');
    expect(token.client_id).toBe(world.application.id);
  });
});

describe('the database', () => {
  it('holds no code, no token and no secret', async () => {
    const code = await newCode();
    const unspent = await newCode();
    const { body: tokens } = await exchange(world, code);
    const { body: refreshed } = await refresh(world, tokens.refresh_token);
    const { body: rotated } = await world.bridge.admin('POST', `applications/${stranger.id}/secrets`, {});
    const values = [
      code,
      unspent,
      tokens.access_token,
      tokens.refresh_token,
      tokens.id_token,
      tokens.id_token.split('.')[2],
      refreshed.access_token,
      refreshed.id_token,
      world.application.secret,
      stranger.secret,
      rotated.client_secret,
      world.bridge.context.config.adminToken,
    ];
    const dump = await dumpDatabase(world);
    expect(dump).toContain(world.application.id);
    for (const value of values) {
      expect(value.length).toBeGreaterThan(20);
      expect(dump.includes(value)).toBe(false);
      expect(dump.includes(Buffer.from(value).toString('hex'))).toBe(false);
      expect(dump.includes(Buffer.from(value).toString('base64').replace(/=+$/, ''))).toBe(false);
    }
    // Public halves of keys are there; of the private ones only what is sealed.
    expect(dump).not.toMatch(/\\"(d|p|q|dp|dq|qi)\\":/);
  });

  it('gives away no token to whoever can read it: what it holds is no credential', async () => {
    const { access_token } = await signIn(world);
    const { knex } = world.bridge.context.database;
    const rows = await knex('oauth_artifacts').orderBy('created_at', 'desc').limit(6);
    const hashes: string[] = rows.map((row: any) => row.id_hash);
    for (const hash of hashes) {
      expect((await profile(world, hash)).status).toBe(401);
      expectInvalidGrant(await refresh(world, hash));
      expectInvalidGrant(await exchange(world, hash));
    }
    expect(hashes).not.toContain(access_token);
    const [secretHash] = await knex('application_secrets').where({ application_id: world.application.id });
    const { status } = await exchange(world, await newCode(), { secret: secretHash.secret_hash });
    expect(status).toBe(401);
  });
});

describe('wrong secrets', () => {
  /** One more than RATE_LIMIT_SECRETS. */
  const tries = 21;

  it('are refused, then not even looked at, while another application goes on', async () => {
    const application = await createApplication(world.bridge);
    const attempt = (secret: string) =>
      refresh({ ...world, application: { ...application, secret } }, 'nonsense');
    const statuses: number[] = [];
    for (let i = 0; i < tries; i += 1) statuses.push((await attempt(`wrong-${i}`)).status);
    expect(statuses).toEqual([...Array<number>(tries - 1).fill(401), 429]);

    const right = await attempt(application.secret);
    expect([right.status, right.body.error]).toEqual([429, 'temporarily_unavailable']);
    const wait = Number(right.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(right.headers.get('cache-control')).toBe('no-store');

    const enveloped = await requestToken(
      { ...world, application },
      { grant_type: 'refresh_token', refresh_token: 'nonsense' },
      { path: '/api/authentication/token' },
    );
    expect(enveloped.status).toBe(429);
    expect(enveloped.body).toMatchObject({
      error: 'temporarily_unavailable',
      $errors: [{ code: 'TEMPORARILY_UNAVAILABLE', message: expect.any(String) }],
    });

    expect((await exchange(world, await newCode())).status).toBe(200);
  });

  it.each(['/oauth/introspect', '/oauth/revoke'])('are counted at %s too', async (path) => {
    const application = await createApplication(world.bridge);
    const attempt = (secret: string) => sendAs(world, { ...application, secret }, path, { token: 'x' });
    for (let i = 0; i < tries - 1; i += 1) expect((await attempt(`wrong-${i}`)).status).toBe(401);
    const { status, headers } = await attempt(application.secret);
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    // One count for all addresses that take the secret.
    expect((await refresh({ ...world, application }, 'x')).status).toBe(429);
  });

  it('are counted together, however the application is spelt', async () => {
    const application = await createApplication(world.bridge);
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' });
    const attempt = (id: string) =>
      send(world, 'POST', '/oauth/token', { headers: basic(id, 'wrong'), body: new URLSearchParams(form) });
    const spelt = (i: number) =>
      `%${application.id.charCodeAt(i).toString(16)}`.replace(/^/, application.id.slice(0, i)) +
      application.id.slice(i + 1);
    for (let i = 0; i < tries - 1; i += 1) expect((await attempt(spelt(i))).status).toBe(401);
    expect((await attempt(application.id)).status).toBe(429);
  });

  it('and unknown applications look alike', async () => {
    const wrong = await exchange(world, 'x', { secret: 'wrong' });
    for (const id of ['00000000-0000-4000-8000-000000000000', 'nobody', "' or 1=1 --", '\0', '__proto__']) {
      const unknown = await exchange({ ...world, application: { ...world.application, id } }, 'x');
      expect(unknown.status).toBe(401);
      expect(unknown.body).toEqual(wrong.body);
    }
  });
});

describe('a rotated secret', () => {
  const rotate = async (application: TestApplication, overlapHours: number): Promise<string> => {
    const { status, body } = await world.bridge.admin('POST', `applications/${application.id}/secrets`, {
      overlap_hours: overlapHours,
    });
    expect(status).toBe(201);
    return body.client_secret;
  };
  const statusWith = async (application: TestApplication, secret: string) =>
    (await refresh({ ...world, application: { ...application, secret } }, 'nonsense')).body.error;

  it('leaves the one before good until the overlap ends', async () => {
    const application = await createApplication(world.bridge);
    const second = await rotate(application, 24);
    expect(second).not.toBe(application.secret);
    for (const secret of [application.secret, second])
      expect(await statusWith(application, secret)).toBe('invalid_grant');

    time.advance(23 * 3_600);
    // A change of the row makes the process read it anew; otherwise it does so every five seconds.
    const reread = () => world.bridge.admin('PATCH', `applications/${application.id}`, { name: 'Reread' });
    await reread();
    expect(await statusWith(application, application.secret)).toBe('invalid_grant');
    time.advance(2 * 3_600);
    await reread();
    expect(await statusWith(application, application.secret)).toBe('invalid_client');
    expect(await statusWith(application, second)).toBe('invalid_grant');
  });

  it('without overlap ends the one before at once, and every grant goes on', async () => {
    const platform = await startPlatform({ toolLaunchUrl: `${world.bridge.url}/lti/launch` });
    const application = await createApplication(world.bridge);
    const own = { ...world, platform, application };
    await connect(world.bridge, platform, application);
    const { refresh_token, access_token } = await signIn(own);
    const secret = await rotate(application, 0);
    expect((await refresh(own, refresh_token)).status).toBe(401);
    const renewed = { ...own, application: { ...application, secret } };
    expect((await refresh(renewed, refresh_token)).status).toBe(200);
    expect((await profile(own, access_token)).status).toBe(200);
    await platform.close();
  });
});

describe('whoever is shut out', () => {
  /** An application and a platform of its own, so that others do not notice. */
  async function ownWorld(): Promise<World> {
    const platform = await startPlatform({ toolLaunchUrl: `${world.bridge.url}/lti/launch` });
    const application = await createApplication(world.bridge);
    const platformId = await connect(world.bridge, platform, application);
    return { ...world, platform, application, platformId, stop: () => platform.close() };
  }

  it.each(['platforms', 'deployments'])(
    'by suspended %s is refused everywhere, and let in again after activation',
    async (kind) => {
      const own = await ownWorld();
      const tokens = await signIn(own);
      const code = codeOf(await launch(own, resourceLaunch()));
      const { body: deployments } = await own.bridge.admin(
        'GET',
        `deployments?platform_id=${own.platformId}`,
      );
      const id = kind === 'platforms' ? own.platformId : deployments.items[0].id;
      expect((await own.bridge.admin('POST', `${kind}/${id}/suspend`)).body.state).toBe('suspended');

      expectInvalidGrant(await refresh(own, tokens.refresh_token));
      expectInvalidGrant(await exchange(own, code));
      expect((await userinfo(own, tokens.access_token)).status).toBe(401);
      const api = await profile(own, tokens.access_token);
      expect([api.status, api.body.$errors[0].code]).toEqual([403, 'INVALID_INTEGRATION_STATE']);
      for (const token of [tokens.access_token, tokens.refresh_token]) {
        expect((await introspect(own, token)).body).toEqual({ active: false });
      }
      const page = await launch(own, resourceLaunch());
      expect(page.status).toBeGreaterThanOrEqual(400);
      expect(page.location).toBeUndefined();

      expect((await own.bridge.admin('POST', `${kind}/${id}/activate`)).body.state).toBe('active');
      expect((await exchange(own, code)).status).toBe(200);
      expect((await refresh(own, tokens.refresh_token)).status).toBe(200);
      expect((await profile(own, tokens.access_token)).status).toBe(200);
      expect((await userinfo(own, tokens.access_token)).status).toBe(200);
      expect((await introspect(own, tokens.access_token)).body.active).toBe(true);
      codeOf(await launch(own, resourceLaunch()));
      await own.stop();
    },
  );

  it('with a deleted platform stays out', async () => {
    const own = await ownWorld();
    const tokens = await signIn(own);
    expect((await own.bridge.admin('DELETE', `platforms/${own.platformId}`)).status).toBe(204);
    expectInvalidGrant(await refresh(own, tokens.refresh_token));
    expect((await profile(own, tokens.access_token)).body.$errors[0].code).toBe('INVALID_TOKEN');
    expect((await userinfo(own, tokens.access_token)).status).toBe(401);
    expect((await launch(own, resourceLaunch())).status).toBe(400);
    await own.stop();
  });

  it('with a deleted application stays out', async () => {
    const own = await ownWorld();
    const tokens = await signIn(own);
    const code = codeOf(await launch(own, resourceLaunch()));
    expect((await own.bridge.admin('DELETE', `applications/${own.application.id}`)).status).toBe(204);
    for (const answer of [await exchange(own, code), await refresh(own, tokens.refresh_token)]) {
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    }
    expect((await profile(own, tokens.access_token)).body.$errors[0].code).toBe('INVALID_TOKEN');
    expect((await userinfo(own, tokens.access_token)).status).toBe(401);
    const page = await launch(own, resourceLaunch());
    expect(page.location).toBeUndefined();
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.status).toBeLessThan(500);
    await own.stop();
  });
});

describe('a request to the token endpoint', () => {
  const refused = async (sending: Sending, path = '/oauth/token') => {
    const answer = await send(world, 'POST', path, sending);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ error: expect.any(String), error_description: expect.any(String) });
    return { status: answer.status, error: answer.body.error };
  };
  const json = (text: string | Uint8Array): Sending => ({
    headers: { 'content-type': 'application/json' },
    body: text,
  });
  const form = (text: string): Sending => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: text,
  });
  const credentials = () => ({ client_id: world.application.id, client_secret: world.application.secret });
  const credentialsJson = () => JSON.stringify(credentials()).slice(1, -1);

  it.each(['/oauth/token', '/api/authentication/token', '/oauth/introspect', '/oauth/revoke'])(
    'at %s with a body of 10 MB is answered with 413, and the connection goes on',
    async (path) => {
      const large = 'x'.repeat(10 * 1024 * 1024);
      for (const sending of [form(`code=${large}`), json(`{"code":"${large}"}`)]) {
        expect(await refused(sending, path)).toEqual({ status: 413, error: 'invalid_request' });
      }
      expect((await send(world, 'GET', '/healthz')).status).toBe(200);
    },
  );

  it('with a body without a length that grows past the limit is answered with 413', async () => {
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        if (sent > 4 * 1024 * 1024) controller.close();
        else controller.enqueue(new Uint8Array(65_536).fill(120));
      },
    });
    const response = await fetch(`${world.bridge.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    await response.body?.cancel();
  });

  it.each([
    ['an array', '[]'],
    ['an array of an object', '[{"grant_type":"authorization_code"}]'],
    ['a number', '42'],
    ['a text', '"grant_type"'],
    ['null', 'null'],
    ['broken text', '{"grant_type":'],
    ['two objects', '{}{}'],
    ['a nested object', '{"grant_type":{"a":"b"}}'],
    ['a nested array', '{"grant_type":["authorization_code"]}'],
    ['true', '{"grant_type":true}'],
    ['a name twice', '{"grant_type":"refresh_token","grant_type":"authorization_code"}'],
    ['ten thousand brackets', '['.repeat(10_000)],
    ['an own __proto__', '{"__proto__":{"grant_type":"refresh_token"}}'],
    ['a byte order mark', '\ufeff{}'],
  ])('as JSON that is %s is refused', async (_what, text) => {
    expect(await refused(json(text))).toEqual({ status: 400, error: 'invalid_request' });
  });

  it('as JSON that is not UTF-8 is refused', async () => {
    const bytes = Buffer.from('{"code":"\xff\xfe"}', 'latin1');
    expect(await refused(json(bytes))).toEqual({ status: 400, error: 'invalid_request' });
  });

  it('with broken percent-encoding is refused', async () => {
    const text = `${new URLSearchParams(credentials())}&grant_type=authorization_code&code=%zz%e0%a4%`;
    expect(await refused(form(text))).toEqual({ status: 400, error: 'invalid_grant' });
    expect((await sendRaw(world, 'POST', '/oauth/token%zz')).status).toBe(404);
  });

  it.each(['code', 'grant_type', 'client_id', 'client_secret', 'redirect_uri', 'nonsense'])(
    'with %s standing twice is refused',
    async (name) => {
      const pairs = new URLSearchParams({
        ...credentials(),
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: redirectUri,
        nonsense: '1',
      });
      pairs.append(name, pairs.get(name)!);
      expect(await refused({ body: pairs })).toEqual({ status: 400, error: 'invalid_request' });
    },
  );

  it('by another method than POST is refused', async () => {
    const query = new URLSearchParams({ ...credentials(), grant_type: 'authorization_code', code: 'x' });
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers, body } = await send(world, method, `/oauth/token?${query}`);
      expect([status, body.error]).toEqual([405, 'invalid_request']);
      expect(headers.get('allow')).toBe('POST');
      expect(headers.get('cache-control')).toBe('no-store');
    }
    expect((await send(world, 'HEAD', '/oauth/token')).status).toBe(405);
  });

  it('cannot have its method overridden', async () => {
    const headers = { 'x-http-method-override': 'POST', 'x-method-override': 'POST' };
    expect((await send(world, 'GET', '/oauth/token?_method=POST', { headers })).status).toBe(405);
  });

  it('with the secret in the address is refused', async () => {
    const code = await newCode();
    const query = new URLSearchParams(credentials());
    const text = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
    expect((await refused({ body: text }, `/oauth/token?${query}`)).error).toBe('invalid_request');
    const all = `${query}&${text}`;
    expect((await refused(form(''), `/oauth/token?${all}`)).error).toBe('invalid_request');
    expect((await exchange(world, code)).status).toBe(200);
  });

  it('with the secret in the header and in the body is refused', async () => {
    const { id, secret } = world.application;
    const body = new URLSearchParams({ ...credentials(), grant_type: 'refresh_token', refresh_token: 'x' });
    expect(await refused({ headers: basic(id, secret), body })).toEqual({
      status: 400,
      error: 'invalid_request',
    });
  });

  it.each([
    ['no colon', (id: string) => `Basic ${Buffer.from(id).toString('base64')}`],
    [
      'a stray sign',
      (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}!`,
    ],
    ['two parts', (id: string, secret: string) => `Basic ${id} ${secret}`],
    [
      'broken percent-encoding',
      (id: string, secret: string) => `Basic ${Buffer.from(`${id}:%zz${secret}`).toString('base64')}`,
    ],
    ['another scheme', (id: string, secret: string) => `Bearer ${id}:${secret}`],
    ['nothing', () => 'Basic'],
  ])('with an Authorization header of %s is refused', async (_what, header) => {
    const { id, secret } = world.application;
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' });
    const { status } = await refused({ headers: { authorization: header(id, secret) }, body });
    expect([400, 401]).toContain(status);
  });

  it('without any secret is refused', async () => {
    const code = await newCode();
    const text = `{"client_id":"${world.application.id}","grant_type":"authorization_code","code":"${code}"}`;
    expect([400, 401]).toContain((await refused(json(text))).status);
    for (const empty of ['""', 'null']) {
      const withEmpty = text.replace('{', `{"client_secret":${empty},`);
      expect([400, 401]).toContain((await refused(json(withEmpty))).status);
    }
    expect((await exchange(world, code)).status).toBe(200);
  });

  it('for anything but a code or a refresh token is refused', async () => {
    for (const grant of ['client_credentials', 'password', 'urn:ietf:params:oauth:grant-type:device_code']) {
      const text = `{${credentialsJson()},"grant_type":"${grant}","username":"a","password":"b"}`;
      expect(await refused(json(text))).toEqual({ status: 400, error: 'unsupported_grant_type' });
    }
  });

  it('that breaks off leaves the service as it was', async () => {
    const broken = request(`${world.bridge.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '100' },
    });
    broken.on('error', () => undefined);
    broken.write('{"code":');
    await new Promise((resolve) => setTimeout(resolve, 50));
    broken.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await exchange(world, await newCode())).status).toBe(200);
    expect(world.bridge.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe('an authorization request', () => {
  const authorize = (changes: Record<string, string | undefined>, headers: Record<string, string> = {}) => {
    const parameters = {
      client_id: world.application.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'the-state',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      ...changes,
    };
    const query = new URLSearchParams(
      Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    return send(world, 'GET', `/oauth/authorize?${query}`, { headers: { accept: 'text/html', ...headers } });
  };

  it('from nobody in particular ends at the application, with login_required, state and issuer', async () => {
    const { status, headers } = await authorize({});
    expect(status).toBe(303);
    const url = new URL(headers.get('location')!);
    expect(url.origin + url.pathname).toBe(redirectUri);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      error: 'login_required',
      error_description: expect.any(String),
      state: 'the-state',
      iss: world.bridge.url,
    });
    expect(headers.getSetCookie()).toEqual([]);
  });

  it('cannot be answered by hints, prompts or a session of its own making', async () => {
    const tries: Record<string, string>[] = [
      { login_hint: 'user-1' },
      { login_hint: 'x'.repeat(2_000) },
      { prompt: 'none' },
      { max_age: '0' },
      { id_token_hint: (await signIn(world)).id_token },
    ];
    for (const changes of tries) {
      const { headers } = await authorize(changes, { cookie: '_session=abc' });
      expect(headers.get('location')).toMatch(/error=(login_required|invalid_request)/);
      expect(headers.get('location')).not.toMatch(/[?&#]code=/);
      expect(headers.getSetCookie()).toEqual([]);
    }
  });

  it.each([
    `${redirectUri}/`,
    `${redirectUri}/../callback`,
    `${redirectUri}?x`,
    `${redirectUri}#f`,
    'HTTP://LOCALHOST:9/callback',
    'http://user@localhost:9/callback',
    'http://localhost:9/%63allback',
    'http://localhost:9/callback%2e',
    'http://localhost:9.evil.example/callback',
    'http://localhost.evil.example:9/callback',
    'http://evil.example\\@localhost:9/callback',
    'http://localhost:10/callback',
    'https://localhost:9/callback',
    'http://l\u043ecalhost:9/callback',
    'http://127.0.0.1:9/callback',
    '//localhost:9/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://stranger.example/cb',
    ' ',
  ])('with the redirect URI "%s" is answered on our page and sent nowhere', async (uri) => {
    const { status, headers, text } = await authorize({ redirect_uri: uri });
    expect(status).toBe(400);
    expect(headers.get('location')).toBeNull();
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(text).toContain('The application could not sign you in.');
    expect(text).not.toMatch(/<script|http-equiv|<form/i);
    expect(headers.get('content-security-policy')).toContain('frame-ancestors https: http:');
  });

  it('that wants its answer as a form gets a page whose policy lets just that form go', async () => {
    const { status, headers, text } = await authorize({ response_mode: 'form_post' });
    expect(status).toBe(400);
    expect(text).toContain(`<form method="post" action="${redirectUri}">`);
    expect(text).toContain('name="error" value="login_required"');
    const policy = headers.get('content-security-policy')!;
    const script = /<script>([^<]*)<\/script>/.exec(text)![1]!;
    expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).not.toContain('form-action');
    expect(policy).toContain('frame-ancestors https: http:');
    // Nobody else's page gets the wider policy.
    const elsewhere = await authorize({ response_mode: 'form_post', redirect_uri: 'https://evil.example' });
    expect(elsewhere.text).not.toContain('<form');
  });

  it('of an unknown application is answered on our page, with what was sent escaped', async () => {
    const { status, headers, text } = await authorize({ client_id: '"><script>alert(1)</script>' });
    expect(status).toBe(400);
    expect(headers.get('location')).toBeNull();
    expect(text).not.toContain('<script>');
  });

  it.each([
    ['without a code challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['with a plain code challenge', { code_challenge_method: 'plain' }],
    ['with a challenge and no method', { code_challenge_method: undefined }],
    ['for a token instead of a code', { response_type: 'token' }],
    ['for an id_token instead of a code', { response_type: 'id_token', nonce: 'n' }],
    ['with a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }],
  ])('%s is refused', async (_what, changes) => {
    const { headers, status } = await authorize(changes);
    const location = headers.get('location');
    if (location === null) expect(status).toBe(400);
    else
      expect(location).toMatch(
        /[?&#]error=(invalid_request|unsupported_response_type|request_not_supported)/,
      );
    expect(location ?? '').not.toMatch(/[?&#](code|id_token|access_token)=/);
  });
});

describe('an access token', () => {
  it('in the address is not read', async () => {
    const { access_token } = await signIn(world);
    const query = `access_token=${access_token}`;
    const api = await send(world, 'GET', `/api/v2/my/profile?${query}`);
    expect([api.status, api.body.$errors[0].code]).toEqual([401, 'INVALID_TOKEN']);
    const info = await send(world, 'GET', `/oauth/userinfo?${query}`);
    expect(info.status).toBeGreaterThanOrEqual(400);
    expect(info.text).not.toContain('Ada');
  });

  it('under another scheme or with something behind it is not read', async () => {
    const { access_token } = await signIn(world);
    const headers = [
      `Token ${access_token}`,
      access_token,
      `Bearer ${access_token} x`,
      `Bearer "${access_token}"`,
    ];
    for (const authorization of headers) {
      const { status } = await send(world, 'GET', '/api/v2/my/profile', { headers: { authorization } });
      expect(status).toBe(401);
    }
  });

  it('of one application shows a person under another id than that of another application', async () => {
    const tokens = await signIn(world);
    const application = await createApplication(world.bridge);
    const second = await startPlatform({
      toolLaunchUrl: `${world.bridge.url}/lti/launch`,
      keys: undefined,
    });
    await connect(world.bridge, second, application);
    const others = await signIn({ ...world, platform: second, application });
    const [mine, theirs] = [
      await profile(world, tokens.access_token),
      await profile(world, others.access_token),
    ];
    expect(mine.body.$data.id).not.toBe(theirs.body.$data.id);
    expect(mine.body.$data.email).toBe(theirs.body.$data.email);
    await second.close();
  });

  it('speaks of a person and never of an application: their ids have nothing in common', async () => {
    const { access_token } = await signIn(world);
    const { body } = await introspect(world, access_token);
    expect(body.sub).not.toBe(world.application.id);
    const { body: applications } = await world.bridge.admin('GET', 'applications');
    expect(applications.items.map(({ id }: { id: string }) => id)).not.toContain(body.sub);
  });

  it('is neither a secret of the application nor of the operator, nor the other way round', async () => {
    const { access_token } = await signIn(world);
    const admin = await send(world, 'GET', '/admin/api/applications', { headers: bearer(access_token) });
    expect(admin.status).toBe(401);
    for (const token of [world.bridge.context.config.adminToken, world.application.secret]) {
      expect((await profile(world, token)).status).toBe(401);
      expect((await userinfo(world, token)).status).toBe(401);
    }
  });
});

describe('a page of another origin', () => {
  const origins = ['https://evil.example', 'null', 'http://localhost:1'];
  const closed = (headers: Headers) => {
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  };

  it.each(origins)(
    '(%s) may not read the answers of any address that takes a secret or a token',
    async (origin) => {
      const { access_token, refresh_token } = await signIn(world);
      const { id, secret } = world.application;
      const good = { client_id: id, client_secret: secret, grant_type: 'refresh_token', refresh_token };
      const requests: [string, string, Sending][] = [
        ['POST', '/oauth/token', { body: new URLSearchParams(good) }],
        ['POST', '/oauth/token', { body: new URLSearchParams({ ...good, client_id: 'nobody' }) }],
        ['POST', '/oauth/token', { body: '{' }],
        ['POST', '/api/authentication/token', { body: new URLSearchParams(good) }],
        ['POST', '/oauth/introspect', { body: new URLSearchParams({ token: access_token }) }],
        ['POST', '/oauth/revoke', { body: new URLSearchParams({ token: 'x' }) }],
        ['GET', '/oauth/userinfo', { headers: bearer(access_token) }],
        ['GET', '/oauth/userinfo', {}],
        ['GET', '/api/v2/my/profile', { headers: bearer(access_token) }],
        ['GET', '/admin/api/applications', { headers: bearer(world.bridge.context.config.adminToken) }],
        ['GET', '/admin/api/applications', {}],
      ];
      for (const [method, path, sending] of requests) {
        const { headers } = await send(world, method, path, {
          ...sending,
          headers: { ...sending.headers, origin },
        });
        closed(headers);
      }
    },
  );

  it.each(origins)('(%s) gets no leave to send headers of its own', async (origin) => {
    for (const path of [
      '/oauth/token',
      '/api/authentication/token',
      '/oauth/introspect',
      '/oauth/revoke',
      '/oauth/userinfo',
      '/oauth/authorize',
      '/api/v2/my/profile',
      '/admin/api/applications',
      '/lti/launch',
    ]) {
      const { headers } = await send(world, 'OPTIONS', path, {
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
        },
      });
      closed(headers);
    }
  });

  it('may read the discovery document and the public keys', async () => {
    for (const path of ['/.well-known/openid-configuration', '/oauth/jwks']) {
      const { headers } = await send(world, 'GET', path, { headers: { origin: 'https://app.example' } });
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });
});

describe('the way of a code to the application', () => {
  it('is a 303 that nobody keeps, with nothing but the code and the issuer', async () => {
    const page = await launch(world, resourceLaunch());
    expect(page.status).toBe(303);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).not.toContain(codeOf(page));
    expect(refusalOf(page)).toBeUndefined();
  });
});
