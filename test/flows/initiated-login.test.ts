/**
 * Launch mode `initiate`: the launch starts the application's own login, with state, nonce and PKCE, and no cookie of
 * ours. openid-client plays the application, confidential, public, and with keys of its own.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StatementCounter } from '../support/statements.js';
import { TestBrowser } from '../support/browser.js';
import { TestClock } from '../support/bridge.js';
import {
  connect,
  createApplication,
  launch,
  redirectUri,
  refresh,
  requestToken,
  resourceLaunch,
  startWorld,
  type TestApplication,
  type World,
} from '../support/world.js';

const initiateLoginUri = 'http://localhost:9/start?from=bridge';

let world: World;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock();
  world = await startWorld({
    overrides: { now: clock.now },
    application: { launch_mode: 'initiate', initiate_login_uri: initiateLoginUri },
  });
});
afterAll(() => world.stop());

/** What the browser brings to the application's login: the parameters of the initiation. */
async function initiate(of: Pick<World, 'bridge' | 'platform'> = world): Promise<Record<string, string>> {
  const page = await launch(of, resourceLaunch());
  expect(page.status).toBe(303);
  const url = new URL(page.location!);
  expect(`${url.origin}${url.pathname}`).toBe('http://localhost:9/start');
  expect(url.searchParams.get('from')).toBe('bridge');
  return Object.fromEntries(url.searchParams);
}

async function configure(
  application: TestApplication,
  authentication?: client.ClientAuth,
): Promise<client.Configuration> {
  const auth =
    authentication ?? (application.secret ? client.ClientSecretBasic(application.secret) : client.None());
  return client.discovery(new URL(world.bridge.url), application.id, {}, auth, {
    execute: [client.allowInsecureRequests],
  });
}

interface Begun {
  address: URL;
  checks: client.AuthorizationCodeGrantChecks;
}

async function begin(
  config: client.Configuration,
  hint: string,
  extra: Record<string, string> = {},
): Promise<Begun> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    login_hint: hint,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    prompt: 'none',
    ...extra,
  });
  return { address, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

/** Where the bridge sends the browser: straight back to the application. */
async function authorize(address: URL): Promise<URL> {
  const page = await new TestBrowser().get(address.href);
  expect([page.status, page.headers.getSetCookie()]).toEqual([303, []]);
  return new URL(page.location!);
}

async function signIn(config: client.Configuration, hint: string) {
  const { address, checks } = await begin(config, hint);
  return client.authorizationCodeGrant(config, await authorize(address), checks);
}

async function refusal(address: URL): Promise<string | null> {
  const page = await new TestBrowser().get(address.href);
  return page.location ? new URL(page.location).searchParams.get('error') : `page ${page.status}`;
}

describe('a confidential application', () => {
  it("is started with issuer, a hint and the link's target, and signs its person in without a cookie", async () => {
    const parameters = await initiate();
    expect(parameters).toEqual({
      from: 'bridge',
      iss: world.bridge.url,
      login_hint: expect.stringMatching(/^[\w-]{43}$/),
      target_link_uri: 'https://tool.example/lti/launch',
    });
    const tokens = await signIn(await configure(world.application), parameters.login_hint!);
    expect(tokens.claims()).toMatchObject({ name: 'Ada Sample', amr: ['lti'] });
    expect(tokens.context).toMatchObject({ version: 2, intent: 'class' });
    expect(tokens.refresh_token).toBeDefined();
  });

  it('takes three statements a launch', async () => {
    await initiate();
    const counter = new StatementCounter(world.bridge.context.database);
    const statements = await counter.during(() => initiate());
    expect(statements).toHaveLength(3);
    expect(statements[2]).toMatch(/^update .launches/);
  });

  it.each([
    [
      'used already',
      async () => {
        const { login_hint } = await initiate();
        await signIn(await configure(world.application), login_hint!);
        return login_hint!;
      },
    ],
    ['unknown', async () => 'x'.repeat(43)],
    [
      'older than five minutes',
      async () => {
        const { login_hint } = await initiate();
        clock.advance(301);
        return login_hint!;
      },
    ],
  ])('is told login_required when its hint is %s', async (_kind, hint) => {
    const { address } = await begin(await configure(world.application), await hint());
    expect(await refusal(address)).toBe('login_required');
  });

  it("cannot use another application's hint, nor spend it", async () => {
    const { login_hint } = await initiate();
    const other = await createApplication(world.bridge);
    const { address } = await begin(await configure(other), login_hint!);
    expect(await refusal(address)).toBe('login_required');
    await expect(signIn(await configure(world.application), login_hint!)).resolves.toBeDefined();
  });

  it('needs PKCE with S256, and a redirect URI of its own', async () => {
    const config = await configure(world.application);
    const { address } = await begin(config, (await initiate()).login_hint!);
    const without = new URL(address);
    without.searchParams.delete('code_challenge');
    without.searchParams.delete('code_challenge_method');
    expect(await refusal(without)).toBe('invalid_request');
    const plain = new URL(address);
    plain.searchParams.set('code_challenge_method', 'plain');
    expect(await refusal(plain)).toBe('invalid_request');
    const elsewhere = new URL(address);
    elsewhere.searchParams.set('redirect_uri', 'http://localhost:9/other');
    expect(await refusal(elsewhere)).toBe('page 400');
    // None of these spent the hint.
    expect((await authorize(address)).searchParams.get('code')).toBeTruthy();
  });

  it('exchanges its code with the right verifier only', async () => {
    const config = await configure(world.application);
    const { address } = await begin(config, (await initiate()).login_hint!);
    const code = (await authorize(address)).searchParams.get('code')!;
    const wrong = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: 'w'.repeat(43),
    };
    expect((await requestToken(world, wrong)).body.error).toBe('invalid_grant');
  });

  it('spends a hint once, of fifty requests at once', async () => {
    const config = await configure(world.application);
    const { address } = await begin(config, (await initiate()).login_hint!);
    const answers = await Promise.all(Array.from({ length: 50 }, () => new TestBrowser().get(address.href)));
    const codes = answers.filter(({ location }) => new URL(location!).searchParams.has('code'));
    expect(codes).toHaveLength(1);
  });

  it('keeps its hint as a hash', async () => {
    const { login_hint } = await initiate();
    expect(JSON.stringify(await world.bridge.context.database.knex('launches'))).not.toContain(login_hint);
  });
});

describe('a public application', () => {
  let pub: World;
  beforeAll(async () => {
    const application = await createApplication(world.bridge, {
      token_endpoint_auth_method: 'none',
      launch_mode: 'initiate',
      initiate_login_uri: initiateLoginUri,
    });
    await world.bridge.admin('DELETE', `platforms/${world.platformId}`);
    const platformId = await connect(world.bridge, world.platform, application);
    pub = { ...world, application, platformId };
  });
  afterAll(async () => {
    await world.bridge.admin('DELETE', `platforms/${pub.platformId}`);
    world.platformId = await connect(world.bridge, world.platform, world.application);
  });

  const refreshPublic = (refresh_token: string) =>
    requestToken(pub, { grant_type: 'refresh_token', refresh_token }, { secret: undefined, bare: true });

  it('has no secret, and gets its tokens by PKCE alone', async () => {
    expect(pub.application.secret).toBeUndefined();
    const tokens = await signIn(await configure(pub.application), (await initiate(pub)).login_hint!);
    expect(tokens.context).toMatchObject({ intent: 'class', lti: { services: { service_key: null } } });
  });

  it('gets a new refresh token each time; an old one that comes back ends the grant', async () => {
    const config = await configure(pub.application);
    const first = await signIn(config, (await initiate(pub)).login_hint!);
    const second = await client.refreshTokenGrant(config, first.refresh_token!);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const replayed = await refreshPublic(first.refresh_token!);
    expect(replayed.body.error).toBe('invalid_grant');
    expect((await refreshPublic(second.refresh_token!)).body.error).toBe('invalid_grant');
    const profile = await fetch(`${world.bridge.url}/api/v2/my/profile`, {
      headers: { authorization: `Bearer ${second.access_token}` },
    });
    expect(profile.status).toBe(401);
  });

  it('may be a page in a browser: it reads the token endpoint from its own origin, and nobody else does', async () => {
    for (const [origin, status, allowed] of [
      ['http://localhost:9', 200, 'http://localhost:9'],
      ['https://evil.example', 400, null],
    ] as const) {
      const config = await configure(pub.application);
      const { address, checks } = await begin(config, (await initiate(pub)).login_hint!);
      const answer = await requestToken(
        pub,
        {
          grant_type: 'authorization_code',
          code: (await authorize(address)).searchParams.get('code')!,
          redirect_uri: redirectUri,
          code_verifier: checks.pkceCodeVerifier!,
        },
        { bare: true, headers: { origin } },
      );
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, allowed]);
    }
  });

  it('has one winner when a refresh token is used twice at once, and the winner lives on', async () => {
    const config = await configure(pub.application);
    const { refresh_token } = await signIn(config, (await initiate(pub)).login_hint!);
    const answers = await Promise.all(Array.from({ length: 10 }, () => refreshPublic(refresh_token!)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
  });

  it('reloading its page with the right verifier keeps its tokens; anybody else with the code ends them', async () => {
    const config = await configure(pub.application);
    for (const [verifier, alive] of [
      ['right', true],
      ['wrong', false],
    ] as const) {
      const { address, checks } = await begin(config, (await initiate(pub)).login_hint!);
      const back = await authorize(address);
      const tokens = await client.authorizationCodeGrant(config, back, checks);
      const again = {
        grant_type: 'authorization_code',
        code: back.searchParams.get('code')!,
        redirect_uri: redirectUri,
        code_verifier: verifier === 'right' ? checks.pkceCodeVerifier! : 'w'.repeat(43),
      };
      expect((await requestToken(pub, again, { bare: true })).body.error).toBe('invalid_grant');
      expect((await refreshPublic(tokens.refresh_token!)).status).toBe(alive ? 200 : 400);
    }
  });
});

describe('an application with keys of its own', () => {
  let keys: { privateKey: CryptoKey; jwk: JWK };
  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    keys = {
      privateKey: privateKey as CryptoKey,
      jwk: { ...(await exportJWK(publicKey)), kid: 'own', alg: 'ES256', use: 'sig' },
    };
  });

  async function withKeys(
    settings: Record<string, unknown>,
    work: (application: TestApplication) => Promise<void>,
  ) {
    const application = await createApplication(world.bridge, {
      token_endpoint_auth_method: 'private_key_jwt',
      launch_mode: 'initiate',
      initiate_login_uri: initiateLoginUri,
      ...settings,
    });
    await world.bridge.admin('DELETE', `platforms/${world.platformId}`);
    const platformId = await connect(world.bridge, world.platform, application);
    await work(application);
    await world.bridge.admin('DELETE', `platforms/${platformId}`);
    world.platformId = await connect(world.bridge, world.platform, world.application);
  }

  const assertion = (application: TestApplication, changes: Record<string, unknown> = {}) =>
    new SignJWT({ jti: crypto.randomUUID(), ...changes })
      .setProtectedHeader({ alg: 'ES256', kid: 'own' })
      .setIssuer(application.id)
      .setSubject(application.id)
      .setAudience(world.bridge.url)
      .setIssuedAt()
      .setExpirationTime('2m')
      .sign(keys.privateKey);

  it('proves itself by private_key_jwt, with keys sent at registration', async () => {
    await withKeys({ jwks: { keys: [keys.jwk] } }, async (application) => {
      const config = await configure(application, client.PrivateKeyJwt({ key: keys.privateKey, kid: 'own' }));
      const tokens = await signIn(config, (await initiate()).login_hint!);
      expect(tokens.context).toMatchObject({ intent: 'class' });
      const again = await client.refreshTokenGrant(config, tokens.refresh_token!);
      expect(again.refresh_token).toBe(tokens.refresh_token);
    });
  });

  it('may say where its keys are; they are fetched through our egress, once', async () => {
    let fetched = 0;
    const server = createServer((_request, response) => {
      fetched += 1;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [keys.jwk] }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    await withKeys({ jwks_uri: jwksUri }, async (application) => {
      const config = await configure(application, client.PrivateKeyJwt({ key: keys.privateKey, kid: 'own' }));
      const tokens = await signIn(config, (await initiate()).login_hint!);
      await client.refreshTokenGrant(config, tokens.refresh_token!);
      expect(fetched).toBe(1);
    });
    server.closeAllConnections();
    server.close();
  });

  it('uses each assertion once, in six statements an exchange', async () => {
    await withKeys({ jwks: { keys: [keys.jwk] } }, async (application) => {
      const config = await configure(application);
      const { address, checks } = await begin(config, (await initiate()).login_hint!);
      const parameters = {
        grant_type: 'authorization_code',
        code: (await authorize(address)).searchParams.get('code')!,
        redirect_uri: redirectUri,
        code_verifier: checks.pkceCodeVerifier!,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(application),
      };
      const of = { bridge: world.bridge, application };
      const counter = new StatementCounter(world.bridge.context.database);
      const statements = await counter.during(async () => {
        expect((await requestToken(of, parameters, { bare: true })).status).toBe(200);
      });
      expect(statements).toHaveLength(6);
      const replayed = await requestToken(of, parameters, { bare: true });
      expect([replayed.status, replayed.body.error]).toEqual([401, 'invalid_client']);
    });
  });

  it('is refused with an assertion for somebody else, of somebody else, or too old', async () => {
    await withKeys({ jwks: { keys: [keys.jwk] } }, async (application) => {
      const of = { bridge: world.bridge, application };
      for (const changes of [
        { aud: 'https://other.example' },
        { iss: crypto.randomUUID() },
        { exp: 1_000 },
        { jti: undefined },
      ]) {
        const base = await assertion(application, {});
        expect(base).toBeDefined();
        const forged = await new SignJWT({
          iss: application.id,
          sub: application.id,
          aud: world.bridge.url,
          jti: crypto.randomUUID(),
          exp: Math.floor(Date.now() / 1000) + 60,
          ...changes,
        })
          .setProtectedHeader({ alg: 'ES256', kid: 'own' })
          .sign(keys.privateKey);
        const answer = await requestToken(
          of,
          {
            grant_type: 'refresh_token',
            refresh_token: 'x',
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: forged,
          },
          { bare: true },
        );
        expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
      }
    });
  });
});

describe('the operator is told what does not go together', () => {
  it.each([
    ['initiate without an address', { launch_mode: 'initiate' }, 'initiate_login_uri'],
    ['a public application that waits for codes', { token_endpoint_auth_method: 'none' }, 'launch_mode'],
    ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }, 'jwks'],
    ['keys beside a secret', { jwks_uri: 'http://localhost:9/jwks' }, 'jwks'],
    [
      'a private key',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', d: 'x' }] } },
      'jwks.keys',
    ],
    [
      'keys at an address we may not call',
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://10.0.0.1/' },
      'jwks_uri',
    ],
  ])('%s', async (_kind, settings, field) => {
    const answer = await world.bridge.admin('POST', 'applications', {
      name: 'x',
      redirect_uris: [redirectUri],
      ...settings,
    });
    expect([answer.status, answer.body.field]).toEqual([400, field]);
  });
});

it('a confidential application in this mode keeps its refresh token', async () => {
  const tokens = await signIn(await configure(world.application), (await initiate()).login_hint!);
  const again = await refresh(world, tokens.refresh_token!);
  expect(again.body.refresh_token).toBe(tokens.refresh_token);
});
