/** The token endpoint and what stands around it, seen from an application: RFC 6749, OpenID Connect and Edlink's envelope. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose';
import { startPlatform } from '../support/platform.js';
import {
  ProcessTime,
  basic,
  bearer,
  day,
  introspect,
  profile,
  revoke,
  send,
  sendRaw,
  signIn,
  userinfo,
} from '../support/requests.js';
import {
  codeOf,
  connect,
  createApplication,
  exchange,
  launch,
  redirectUri,
  refresh,
  requestToken,
  resourceLaunch,
  startWorld,
  type TestApplication,
  type World,
} from '../support/world.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const opaque = expect.stringMatching(/^[\w-]{43,}$/);
const enveloped = '/api/authentication/token';

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

const newCode = async () => codeOf(await launch(world, resourceLaunch()));

/** The application of another registration of the same platform. */
async function otherApplication(
  settings: Record<string, unknown> = {},
  registration: Record<string, unknown> = {},
): Promise<World> {
  const platform = await startPlatform({ toolLaunchUrl: `${world.bridge.url}/lti/launch` });
  const application = await createApplication(world.bridge, settings);
  const platformId = await connect(world.bridge, platform, application, registration);
  return { ...world, platform, platformId, application, stop: () => platform.close() };
}

async function withOther(
  settings: Record<string, unknown>,
  registration: Record<string, unknown>,
  work: (other: World) => Promise<void>,
): Promise<void> {
  const other = await otherApplication(settings, registration);
  try {
    await work(other);
  } finally {
    await other.stop();
  }
}

async function verified(
  idToken: string,
  audience: TestApplication,
): Promise<{ payload: JWTPayload; alg: string }> {
  const { body } = await send(world, 'GET', '/oauth/jwks');
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(body), {
    issuer: world.bridge.url,
    audience: audience.id,
    requiredClaims: ['exp', 'iat', 'sub'],
  });
  return { payload, alg: decodeProtectedHeader(idToken).alg! };
}

describe('a code exchange at /oauth/token', () => {
  it('takes a form and answers with the members of RFC 6749 and the context, not to be stored', async () => {
    const { status, headers, body } = await exchange(world, await newCode());
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: opaque,
      refresh_token: opaque,
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid profile email',
      context: expect.objectContaining({ version: 2, intent: 'class' }),
    });
  });

  it('takes JSON just as well', async () => {
    const { status, body } = await exchange(world, await newCode(), { json: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', context: { version: 2 } });
  });

  it('takes JSON with a charset and members that are null', async () => {
    const { id, secret } = world.application;
    const { status } = await send(world, 'POST', '/oauth/token', {
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: JSON.stringify({
        grant_type: 'authorization_code',
        code: await newCode(),
        client_id: id,
        client_secret: secret,
        redirect_uri: null,
        scope: null,
      }),
    });
    expect(status).toBe(200);
  });

  it('ignores parameters that it does not know', async () => {
    const parameters = { grant_type: 'authorization_code', code: await newCode(), redirect_uri: redirectUri };
    const { status } = await requestToken(world, { ...parameters, scope: '', audience: 'x', nonsense: '1' });
    expect(status).toBe(200);
  });

  it('answers JSON whatever the Accept header prefers', async () => {
    const browserLike = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const refused = await requestToken(
      world,
      { grant_type: 'authorization_code', code: 'wrong', redirect_uri: redirectUri },
      { headers: browserLike },
    );
    expect(refused.status).toBe(400);
    expect(refused.body.error).toBe('invalid_grant');
    const accepted = await exchange(world, await newCode(), { headers: browserLike });
    expect(accepted.status).toBe(200);
  });

  it('says the error of RFC 6749 for what is missing or unknown', async () => {
    const missing = await requestToken(world, {});
    expect([missing.status, missing.body.error]).toEqual([400, 'invalid_request']);
    const noCode = await requestToken(world, { grant_type: 'authorization_code', redirect_uri: redirectUri });
    expect([noCode.status, noCode.body.error]).toEqual([400, 'invalid_request']);
    const noToken = await requestToken(world, { grant_type: 'refresh_token' });
    expect([noToken.status, noToken.body.error]).toEqual([400, 'invalid_request']);
    const wrongToken = await requestToken(world, { grant_type: 'refresh_token', refresh_token: 'nonsense' });
    expect([wrongToken.status, wrongToken.body.error]).toEqual([400, 'invalid_grant']);
    for (const grant of ['password', 'client_credentials', 'implicit', 'urn:x']) {
      const { status, headers, body } = await requestToken(world, { grant_type: grant });
      expect([status, body.error]).toEqual([400, 'unsupported_grant_type']);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('the same exchange at /api/authentication/token', () => {
  it.each([{ json: true }, { json: false }])(
    'answers in the envelope with exactly the members of the contract (%j)',
    async ({ json }) => {
      const { status, headers, body } = await exchange(world, await newCode(), { path: enveloped, json });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toEqual({
        $data: {
          access_token: opaque,
          refresh_token: opaque,
          token_type: 'Bearer',
          expires_in: 3600,
          context: expect.objectContaining({ version: 2, intent: 'class' }),
        },
        $request: expect.stringMatching(uuid),
      });
      expect(body.$request).toBe(headers.get('x-request-id'));
    },
  );

  it('says the same context that the plain endpoint says', async () => {
    const plain = await exchange(world, await newCode());
    const wrapped = await exchange(world, await newCode(), { path: enveloped });
    const withoutLaunch = (context: any) => ({ ...context, lti: { ...context.lti, launch_id: '' } });
    expect(withoutLaunch(wrapped.body.$data.context)).toEqual(withoutLaunch(plain.body.context));
  });

  it('refreshes with the same refresh token in the answer and no context', async () => {
    const { refresh_token } = await signIn(world);
    const { status, body } = await requestToken(
      world,
      { grant_type: 'refresh_token', refresh_token },
      { path: enveloped, json: true },
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      $data: { access_token: opaque, refresh_token, token_type: 'Bearer', expires_in: 3600 },
      $request: expect.stringMatching(uuid),
    });
  });

  it('says an error in both ways at once', async () => {
    const { status, headers, body } = await exchange(world, 'wrong', { path: enveloped, json: true });
    expect(status).toBe(400);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      error: 'invalid_grant',
      error_description: expect.any(String),
      $errors: [{ code: 'INVALID_GRANT', message: expect.any(String) }],
      $request: expect.stringMatching(uuid),
    });
    expect(body.$errors[0].message).toBe(body.error_description);
  });

  it('says a wrong secret as 401 in both ways', async () => {
    const { status, body } = await exchange(world, 'wrong', { path: enveloped, secret: 'wrong' });
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: 'invalid_client', $errors: [{ code: 'INVALID_CLIENT' }] });
  });

  it.each([
    ['a body that is not JSON', { headers: { 'content-type': 'application/json' }, body: '{"code":' }],
    ['a body of another kind', { headers: { 'content-type': 'text/plain' }, body: 'code=1' }],
    ['no body at all', {}],
    ['a browser as caller', { headers: { accept: 'text/html' }, body: new URLSearchParams({ code: '1' }) }],
  ])('says %s in both ways', async (_what, sending) => {
    const { status, body } = await send(world, 'POST', enveloped, sending);
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_request',
      error_description: expect.any(String),
      $errors: [{ code: 'INVALID_REQUEST', message: body.error_description }],
      $request: expect.stringMatching(uuid),
    });
  });

  it('says another method in both ways and names the right one', async () => {
    const { status, headers, body } = await send(world, 'GET', enveloped);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('POST');
    expect(body).toMatchObject({
      error: 'invalid_request',
      error_description: expect.any(String),
      $errors: [{ code: 'UNSUPPORTED_OPERATION', message: expect.any(String) }],
      $request: expect.stringMatching(uuid),
    });
  });
});

describe('an application authenticates', () => {
  const exchangeWith = async (headers: Record<string, string>, extra: Record<string, string> = {}) => {
    const form = {
      grant_type: 'authorization_code',
      code: await newCode(),
      redirect_uri: redirectUri,
      ...extra,
    };
    return send(world, 'POST', '/oauth/token', { headers, body: new URLSearchParams(form) });
  };

  it('by Basic', async () => {
    const { id, secret } = world.application;
    expect((await exchangeWith(basic(id, secret))).status).toBe(200);
  });

  it('by Basic with every character form-encoded, as RFC 6749 section 2.3.1 asks', async () => {
    const encode = (text: string) =>
      Array.from(text, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    const { id, secret } = world.application;
    expect((await exchangeWith(basic(encode(id), encode(secret)))).status).toBe(200);
    const form = { grant_type: 'authorization_code', code: await newCode() };
    const withoutRedirect = await send(world, 'POST', '/oauth/token', {
      headers: basic(encode(id), encode(secret)),
      body: new URLSearchParams(form),
    });
    expect(withoutRedirect.status).toBe(200);
  });

  it('by Basic with its client_id in the body too', async () => {
    const { id, secret } = world.application;
    expect((await exchangeWith(basic(id, secret), { client_id: id })).status).toBe(200);
    expect((await exchangeWith(basic(id, secret), { client_id: 'other' })).status).toBe(400);
  });

  it('by Basic beside a JSON body, and in the envelope', async () => {
    const { id, secret } = world.application;
    const { status, body } = await send(world, 'POST', enveloped, {
      headers: { ...basic(id, secret), 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'authorization_code', code: await newCode() }),
    });
    expect(status).toBe(200);
    expect(body.$data.access_token).toEqual(opaque);
  });

  it.each(['client_secret_basic', 'client_secret_post'])(
    'in either way, though registered for %s',
    async (method) => {
      await withOther({ token_endpoint_auth_method: method }, {}, async (other) => {
        const { id, secret } = other.application;
        const posted = await exchange(other, codeOf(await launch(other, resourceLaunch())));
        expect(posted.status).toBe(200);
        const form = { grant_type: 'refresh_token', refresh_token: posted.body.refresh_token };
        const { status } = await send(other, 'POST', '/oauth/token', {
          headers: basic(id, secret),
          body: new URLSearchParams(form),
        });
        expect(status).toBe(200);
      });
    },
  );
});

describe('the redirect URI', () => {
  const second = 'https://second.example/cb?tenant=1';

  it('may be left out, also by an application that registered several', async () => {
    const single = await requestToken(world, { grant_type: 'authorization_code', code: await newCode() });
    expect(single.status).toBe(200);
    await withOther({ redirect_uris: [redirectUri, second] }, {}, async (other) => {
      const page = await launch(other, resourceLaunch());
      expect(page.location).toMatch(new RegExp(`^${redirectUri}\\?code=`));
      const form = { grant_type: 'authorization_code', code: codeOf(page) };
      expect((await requestToken(other, form)).status).toBe(200);
      const empty = {
        ...form,
        code: codeOf(await launch(other, resourceLaunch())),
        redirect_uri: '',
      };
      expect((await requestToken(other, empty, { json: true })).status).toBe(200);
    });
  });

  it('has to be the one the code went to', async () => {
    await withOther({ redirect_uris: [redirectUri, second] }, {}, async (other) => {
      const form = { grant_type: 'authorization_code', code: codeOf(await launch(other, resourceLaunch())) };
      const wrong = await requestToken(other, { ...form, redirect_uri: second });
      expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_grant']);
      expect((await requestToken(other, { ...form, redirect_uri: redirectUri })).status).toBe(200);
    });
  });

  it('may be another one for one platform, whose launches then go there', async () => {
    const registration = { redirect_uri: second };
    await withOther({ redirect_uris: [redirectUri, second] }, registration, async (other) => {
      const page = await launch(other, resourceLaunch());
      const url = new URL(page.location!);
      expect(url.origin + url.pathname).toBe('https://second.example/cb');
      expect([...url.searchParams.keys()]).toEqual(['tenant', 'code', 'iss']);
      const form = { grant_type: 'authorization_code', code: codeOf(page) };
      expect((await requestToken(other, { ...form, redirect_uri: redirectUri })).body.error).toBe(
        'invalid_grant',
      );
      expect((await requestToken(other, { ...form, redirect_uri: second })).status).toBe(200);
    });
  });

  it('of a platform may be left out as well', async () => {
    const registration = { redirect_uri: second };
    await withOther({ redirect_uris: [redirectUri, second] }, registration, async (other) => {
      const form = { grant_type: 'authorization_code', code: codeOf(await launch(other, resourceLaunch())) };
      expect((await requestToken(other, form)).status).toBe(200);
    });
  });

  it('falls back to the primary one when the application dropped the one of a platform', async () => {
    const registration = { redirect_uri: second };
    await withOther({ redirect_uris: [redirectUri, second] }, registration, async (other) => {
      await other.bridge.admin('PATCH', `applications/${other.application.id}`, {
        redirect_uris: [redirectUri],
      });
      const page = await launch(other, resourceLaunch());
      expect(page.location).toMatch(new RegExp(`^${redirectUri}\\?code=`));
    });
  });
});

describe('the lifetime of tokens', () => {
  it('ends a code after 60 seconds', async () => {
    const [late, justInTime] = [await newCode(), await newCode()];
    time.advance(59);
    expect((await exchange(world, justInTime)).status).toBe(200);
    time.advance(3);
    const { status, body } = await exchange(world, late);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('ends an access token after an hour, and a refresh gives the next one', async () => {
    const { access_token, refresh_token } = await signIn(world);
    time.advance(3_590);
    expect((await profile(world, access_token)).status).toBe(200);
    expect((await userinfo(world, access_token)).status).toBe(200);
    // The engine allows clocks to differ by 15 seconds; the API does not.
    time.advance(30);
    expect((await profile(world, access_token)).body.$errors[0].code).toBe('EXPIRED_TOKEN');
    expect((await userinfo(world, access_token)).status).toBe(401);
    expect((await introspect(world, access_token)).body).toEqual({ active: false });
    const { body } = await refresh(world, refresh_token);
    expect((await profile(world, body.access_token)).status).toBe(200);
  });

  it('never changes a refresh token, and lets earlier access tokens live', async () => {
    const first = await signIn(world);
    const second = await refresh(world, first.refresh_token);
    const third = await refresh(world, first.refresh_token);
    expect([second.body.refresh_token, third.body.refresh_token]).toEqual([
      first.refresh_token,
      first.refresh_token,
    ]);
    const accessTokens = [first.access_token, second.body.access_token, third.body.access_token];
    expect(new Set(accessTokens).size).toBe(3);
    for (const token of accessTokens) expect((await profile(world, token)).status).toBe(200);
  });

  it('refreshes three times at once', async () => {
    const { refresh_token } = await signIn(world);
    const answers = await Promise.all([1, 2, 3].map(() => refresh(world, refresh_token)));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ refresh_token, expires_in: 3600 });
      expect(body).not.toHaveProperty('context');
      expect((await profile(world, body.access_token)).status).toBe(200);
    }
  });

  it('keeps a refresh token for years as long as it is used, through every purge', async () => {
    const { refresh_token } = await signIn(world);
    for (let month = 0; month < 4; month += 1) {
      time.advance(300 * day);
      expect((await refresh(world, refresh_token)).status).toBe(200);
      await world.bridge.context.purge();
    }
    expect((await refresh(world, refresh_token)).status).toBe(200);
  });

  it('refuses a refresh token that was not used for GRANT_IDLE_DAYS', async () => {
    const { refresh_token } = await signIn(world);
    time.advance(399 * day);
    expect((await refresh(world, refresh_token)).status).toBe(200);
    time.advance(401 * day);
    const { status, body } = await refresh(world, refresh_token);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    await world.bridge.context.purge();
    expect((await refresh(world, refresh_token)).body.error).toBe('invalid_grant');
  });
});

describe('a grant', () => {
  it('belongs to one launch: what ends it leaves the other launches of the person alone', async () => {
    const [one, two] = [await signIn(world), await signIn(world)];
    expect(one.context.lti.launch_id).not.toBe(two.context.lti.launch_id);
    expect((await revoke(world, one.refresh_token)).status).toBe(200);
    expect((await refresh(world, one.refresh_token)).status).toBe(400);
    expect((await refresh(world, two.refresh_token)).status).toBe(200);
    expect((await profile(world, two.access_token)).status).toBe(200);
  });

  it('gives narrower scopes on demand at a refresh, and never wider ones', async () => {
    const { refresh_token } = await signIn(world);
    const form = { grant_type: 'refresh_token', refresh_token };
    const narrow = await requestToken(world, { ...form, scope: 'openid' });
    expect(narrow.body.scope).toBe('openid');
    const { payload } = await verified(narrow.body.id_token, world.application);
    expect(payload).not.toHaveProperty('email');
    const wide = await requestToken(world, { ...form, scope: 'openid offline_access admin' });
    expect([wide.status, wide.body.error]).toEqual([400, 'invalid_scope']);
  });
});

describe('the id_token', () => {
  it('is signed with RS256 by a published key and says who, for whom, when and how', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const { id_token, access_token } = await signIn(world);
    const { payload, alg } = await verified(id_token, world.application);
    expect(alg).toBe('RS256');
    expect(payload).toEqual({
      iss: world.bridge.url,
      aud: world.application.id,
      sub: expect.stringMatching(uuid),
      iat: expect.any(Number),
      exp: payload.iat! + 3_600,
      auth_time: expect.any(Number),
      amr: ['lti'],
      name: 'Ada Sample',
      given_name: 'Ada',
      family_name: 'Sample',
      email: 'ada@school.example',
    });
    expect(payload.auth_time).toBeGreaterThanOrEqual(before);
    expect((await profile(world, access_token)).body.$data.id).toBe(payload.sub);
    expect((await userinfo(world, access_token)).body.sub).toBe(payload.sub);
  });

  it('is signed with ES256 for an application that asks so', async () => {
    await withOther({ id_token_signed_response_alg: 'ES256' }, {}, async (other) => {
      const { id_token } = await signIn(other);
      expect((await verified(id_token, other.application)).alg).toBe('ES256');
    });
  });

  it('has names and the address only when this launch had them', async () => {
    const known = await signIn(world);
    const silent = await signIn(world, resourceLaunch({ person: { id: 'user-1' } }));
    const { payload } = await verified(silent.id_token, world.application);
    expect(Object.keys(payload).sort()).toEqual(['amr', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'sub']);
    expect((await userinfo(world, silent.access_token)).body).toEqual({ sub: payload.sub });
    const again = await verified(known.id_token, world.application);
    expect(again.payload.sub).toBe(payload.sub);
  });

  it('comes with a refresh too, says the time of the launch, and keeps its subject', async () => {
    const { id_token, refresh_token } = await signIn(world);
    const first = await verified(id_token, world.application);
    time.advance(1_800);
    const { body } = await refresh(world, refresh_token);
    const { payload } = await verified(body.id_token, world.application);
    expect(payload.sub).toBe(first.payload.sub);
    expect(payload.auth_time).toBe(first.payload.auth_time);
    expect(payload.iat! - first.payload.iat!).toBeGreaterThanOrEqual(1_800);
  });

  it('never claims that an address is verified', async () => {
    const { id_token } = await signIn(world);
    expect((await verified(id_token, world.application)).payload).not.toHaveProperty('email_verified');
  });
});

describe('discovery', () => {
  const expected = () => {
    const at = (path: string) => `${world.bridge.url}${path}`;
    return {
      issuer: world.bridge.url,
      authorization_endpoint: at('/oauth/authorize'),
      token_endpoint: at('/oauth/token'),
      userinfo_endpoint: at('/oauth/userinfo'),
      jwks_uri: at('/oauth/jwks'),
      introspection_endpoint: at('/oauth/introspect'),
      revocation_endpoint: at('/oauth/revoke'),
      response_types_supported: ['code'],
      grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
      subject_types_supported: ['public'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
        'none',
      ],
      scopes_supported: ['openid', 'profile', 'email'],
      claims_supported: expect.arrayContaining(['sub', 'name', 'email', 'auth_time', 'amr']),
    };
  };

  it('tells every endpoint under the public address', async () => {
    const { status, body } = await send(world, 'GET', '/.well-known/openid-configuration');
    expect(status).toBe(200);
    expect(body).toMatchObject(expected());
  });

  it('is not moved by forwarded headers, and does not answer under another name', async () => {
    const path = '/.well-known/openid-configuration';
    const forwarded = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '444',
      forwarded: 'host=evil.example;proto=https',
    };
    const { status, text, body } = await sendRaw(world, 'GET', path, { headers: forwarded });
    expect(status).toBe(200);
    expect(text).not.toContain('evil');
    expect(body).toMatchObject(expected());
    const underOther = await sendRaw(world, 'GET', path, { headers: { host: 'evil.example' } });
    expect(underOther.status).toBe(421);
    expect(underOther.text).not.toContain('evil');
  });

  it('speaks of nothing that does not exist here', async () => {
    const { body } = await send(world, 'GET', '/.well-known/openid-configuration');
    const addresses = Object.entries(body).filter(([key]) => /_(endpoint|uri)$/.test(key));
    expect(addresses.length).toBe(6);
    for (const [name, address] of addresses) {
      const { pathname } = new URL(String(address));
      const statuses = [await send(world, 'GET', pathname), await send(world, 'POST', pathname)].map(
        ({ status }) => status,
      );
      expect([name, ...statuses]).not.toContain(404);
    }
    expect(body).not.toHaveProperty('registration_endpoint');
    expect(body).not.toHaveProperty('end_session_endpoint');
  });

  it('publishes public halves of keys for both algorithms, for any origin to read', async () => {
    const { headers, body } = await send(world, 'GET', '/oauth/jwks');
    expect(new Set(body.keys.map((key: any) => key.alg))).toEqual(new Set(['ES256', 'RS256']));
    for (const key of body.keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: 'sig' });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
    }
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('userinfo', () => {
  it('tells the person of the launch, by GET and by POST', async () => {
    const { access_token } = await signIn(world);
    const person = {
      sub: expect.stringMatching(uuid),
      name: 'Ada Sample',
      given_name: 'Ada',
      family_name: 'Sample',
      email: 'ada@school.example',
    };
    expect((await userinfo(world, access_token)).body).toEqual(person);
    const posted = await send(world, 'POST', '/oauth/userinfo', { headers: bearer(access_token) });
    expect(posted.body).toEqual(person);
    expect(posted.headers.get('cache-control')).toMatch(/no-store/);
  });

  it('refuses what is no access token, with the header of RFC 6750', async () => {
    const { refresh_token, id_token, code } = await signIn(world);
    for (const token of [refresh_token, id_token, code, 'nonsense']) {
      const { status, headers, body } = await userinfo(world, token);
      expect([status, body.error]).toEqual([401, 'invalid_token']);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
    }
    const without = await send(world, 'GET', '/oauth/userinfo');
    expect(without.status).toBe(401);
    expect(without.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });
});

describe('introspection', () => {
  it('tells an application of its own tokens', async () => {
    const { access_token, refresh_token, id_token } = await signIn(world);
    const { sub } = (await verified(id_token, world.application)).payload;
    const access = await introspect(world, access_token);
    expect(access.status).toBe(200);
    expect(access.body).toEqual({
      active: true,
      sub,
      client_id: world.application.id,
      iss: world.bridge.url,
      iat: expect.any(Number),
      exp: access.body.iat + 3_600,
      scope: 'openid profile email',
      token_type: 'Bearer',
    });
    expect((await introspect(world, refresh_token)).body).toMatchObject({ active: true, sub });
  });

  it('calls everything else inactive and says no more', async () => {
    const { code, id_token } = await signIn(world);
    for (const token of ['nonsense', code]) {
      const { status, body } = await introspect(world, token);
      expect([status, body]).toEqual([200, { active: false }]);
    }
    expect((await introspect(world, id_token)).body.error).toBe('unsupported_token_type');
  });

  it('does not tell one application of the tokens of another', async () => {
    const { access_token, refresh_token } = await signIn(world);
    const other = await createApplication(world.bridge);
    for (const token of [access_token, refresh_token]) {
      expect((await introspect(world, token, other)).body).toEqual({ active: false });
    }
  });

  it('needs the application to authenticate', async () => {
    const { access_token } = await signIn(world);
    const { status } = await send(world, 'POST', '/oauth/introspect', {
      body: new URLSearchParams({ token: access_token }),
    });
    expect(status).toBe(400);
    const wrong = await introspect(world, access_token, { ...world.application, secret: 'wrong' });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('revocation', () => {
  it('of a refresh token ends everything of its launch', async () => {
    const { access_token, refresh_token } = await signIn(world);
    const second = await refresh(world, refresh_token);
    const { status, text } = await revoke(world, refresh_token);
    expect([status, text]).toEqual([200, '']);
    for (const token of [access_token, second.body.access_token]) {
      expect((await profile(world, token)).status).toBe(401);
      expect((await userinfo(world, token)).status).toBe(401);
      expect((await introspect(world, token)).body).toEqual({ active: false });
    }
    expect((await refresh(world, refresh_token)).body.error).toBe('invalid_grant');
    expect((await introspect(world, refresh_token)).body).toEqual({ active: false });
  });

  it('of an access token ends only that one', async () => {
    const { access_token, refresh_token } = await signIn(world);
    const second = await refresh(world, refresh_token);
    expect((await revoke(world, access_token)).status).toBe(200);
    expect((await profile(world, access_token)).status).toBe(401);
    expect((await profile(world, second.body.access_token)).status).toBe(200);
    expect((await refresh(world, refresh_token)).status).toBe(200);
  });

  it('answers the same for a token that is unknown, and twice for one that was known', async () => {
    const { refresh_token } = await signIn(world);
    for (const token of ['nonsense', refresh_token, refresh_token]) {
      const { status, text } = await revoke(world, token);
      expect([status, text]).toEqual([200, '']);
    }
  });

  it('of the tokens of another application does nothing', async () => {
    const { access_token, refresh_token } = await signIn(world);
    const other = await createApplication(world.bridge);
    for (const token of [access_token, refresh_token]) {
      expect((await revoke(world, token, other)).status).toBe(200);
    }
    expect((await profile(world, access_token)).status).toBe(200);
    expect((await refresh(world, refresh_token)).status).toBe(200);
  });
});

describe('introspection and revocation', () => {
  it('take JSON and Basic like the token endpoint', async () => {
    const { id, secret } = world.application;
    const { access_token } = await signIn(world);
    const headers = { ...basic(id, secret), 'content-type': 'application/json' };
    const body = JSON.stringify({ token: access_token });
    expect((await send(world, 'POST', '/oauth/introspect', { headers, body })).body.active).toBe(true);
    expect((await send(world, 'POST', '/oauth/revoke', { headers, body })).status).toBe(200);
    expect((await send(world, 'POST', '/oauth/introspect', { headers, body })).body.active).toBe(false);
  });
});
