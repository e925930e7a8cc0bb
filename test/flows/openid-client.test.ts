/** A certified OpenID Connect client that knows nothing of this bridge, used as its own documentation shows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClientSecretBasic,
  ClientSecretPost,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchProtectedResource,
  fetchUserInfo,
  randomPKCECodeVerifier,
  refreshTokenGrant,
  tokenIntrospection,
  tokenRevocation,
  type Configuration,
} from 'openid-client';
import { launch, redirectUri, resourceLaunch, startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const configured = (authentication = ClientSecretPost, { id, secret } = world.application) =>
  discovery(new URL(world.bridge.url), id, secret, authentication(secret), {
    // The bridge of this test is on loopback without TLS.
    execute: [allowInsecureRequests, enableNonRepudiationChecks],
  });

/** The address that the browser arrives at after a launch: a code and the issuer, no state. */
async function landing(): Promise<URL> {
  const page = await launch(world, resourceLaunch());
  return new URL(page.location!);
}

describe('openid-client', () => {
  it('discovers the bridge', async () => {
    const metadata = (await configured()).serverMetadata();
    expect(metadata.issuer).toBe(world.bridge.url);
    expect(metadata.supportsPKCE()).toBe(true);
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
  });

  it.each([
    ['client_secret_post', ClientSecretPost],
    ['client_secret_basic', ClientSecretBasic],
  ])('exchanges the code of a launch without state and PKCE, by %s', async (_name, authentication) => {
    const configuration = await configured(authentication);
    const tokens = await authorizationCodeGrant(configuration, await landing(), { idTokenExpected: true });
    expect(tokens.claims()).toMatchObject({
      iss: world.bridge.url,
      aud: world.application.id,
      name: 'Ada Sample',
      email: 'ada@school.example',
    });
    expect(tokens.expires_in).toBe(3600);
    expect(tokens.context).toMatchObject({ version: 2, intent: 'class' });
  });

  it('checks the issuer beside the code, so that a code of somebody else is not sent here', async () => {
    const wrongIssuer = { cause: { message: expect.stringMatching(/"iss"/) } };
    const url = await landing();
    url.searchParams.set('iss', 'https://evil.example');
    await expect(authorizationCodeGrant(await configured(), url)).rejects.toMatchObject(wrongIssuer);
    url.searchParams.delete('iss');
    await expect(authorizationCodeGrant(await configured(), url)).rejects.toMatchObject(wrongIssuer);
  });

  it('verifies a signature by ES256 as well', async () => {
    await world.bridge.admin('PATCH', `applications/${world.application.id}`, {
      id_token_signed_response_alg: 'ES256',
    });
    const metadata = { client_secret: world.application.secret, id_token_signed_response_alg: 'ES256' };
    const es256 = await discovery(
      new URL(world.bridge.url),
      world.application.id,
      metadata,
      ClientSecretPost(world.application.secret),
      { execute: [allowInsecureRequests, enableNonRepudiationChecks] },
    );
    const tokens = await authorizationCodeGrant(es256, await landing(), { idTokenExpected: true });
    expect(tokens.claims()!.sub).toMatch(/^[0-9a-f-]{36}$/);
    await world.bridge.admin('PATCH', `applications/${world.application.id}`, {
      id_token_signed_response_alg: 'RS256',
    });
  });

  it('refreshes, asks who it is, calls the API, introspects and revokes', async () => {
    const configuration = await configured();
    const first = await authorizationCodeGrant(configuration, await landing(), { idTokenExpected: true });
    const { sub } = first.claims()!;
    const second = await refreshTokenGrant(configuration, first.refresh_token!);
    expect(second.refresh_token).toBe(first.refresh_token);
    expect(second.claims()!.sub).toBe(sub);

    const person = await fetchUserInfo(configuration, second.access_token, sub);
    expect(person).toMatchObject({ sub, given_name: 'Ada', family_name: 'Sample' });
    const answer = await fetchProtectedResource(
      configuration,
      second.access_token,
      new URL(`${world.bridge.url}/api/v2/my/profile`),
      'GET',
    );
    expect(((await answer.json()) as any).$data.id).toBe(sub);

    const told = await tokenIntrospection(configuration, second.access_token);
    expect(told).toMatchObject({ active: true, sub, client_id: world.application.id });
    await tokenRevocation(configuration, second.access_token);
    expect((await tokenIntrospection(configuration, second.access_token)).active).toBe(false);
    expect((await tokenIntrospection(configuration, first.access_token)).active).toBe(true);
    await tokenRevocation(configuration, first.refresh_token!);
    expect((await tokenIntrospection(configuration, first.access_token)).active).toBe(false);
    await expect(refreshTokenGrant(configuration, first.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    });
  });

  it('understands every refusal by its code', async () => {
    const url = await landing();
    await authorizationCodeGrant(await configured(), url);
    await expect(authorizationCodeGrant(await configured(), url)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const wrong = await configured(ClientSecretPost, { ...world.application, secret: 'wrong' });
    await expect(authorizationCodeGrant(wrong, await landing())).rejects.toMatchObject({
      error: 'invalid_client',
      status: 401,
    });
  });

  it('that starts a sign-in by itself is told at its redirect URI to come with a launch', async () => {
    const configuration: Configuration = await configured();
    const verifier = randomPKCECodeVerifier();
    const address = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'S',
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const answer = await fetch(address, { redirect: 'manual' });
    expect(answer.status).toBe(303);
    await expect(
      authorizationCodeGrant(configuration, new URL(answer.headers.get('location')!), {
        expectedState: 'S',
        pkceCodeVerifier: verifier,
      }),
    ).rejects.toMatchObject({ error: 'login_required' });
  });
});
