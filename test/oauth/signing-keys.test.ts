/** The keys of the authorization server turn over while it runs, and nobody who holds a token notices. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rotateKeys } from '../../server/lti/keys.js';
import { introspect, profile, send, signIn } from '../support/requests.js';
import { codeOf, exchange, launch, refresh, resourceLaunch, startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const published = async (): Promise<any[]> => (await send(world, 'GET', '/oauth/jwks')).body.keys;
const kidOf = (token: string) => decodeProtectedHeader(token).kid!;
const verify = async (token: string) =>
  jwtVerify(token, createLocalJWKSet({ keys: await published() }), { issuer: world.bridge.url });

describe('the keys', () => {
  it('that will sign next are published before they do, and those that signed stay published', async () => {
    const before = await published();
    const first = await signIn(world);
    const code = codeOf(await launch(world, resourceLaunch()));
    await rotateKeys(world.bridge.context, 'oauth');

    const second = await signIn(world);
    expect(kidOf(second.id_token)).not.toBe(kidOf(first.id_token));
    expect(before.map(({ kid }) => kid)).toContain(kidOf(second.id_token));
    for (const { id_token } of [first, second]) await verify(id_token);
    expect((await published()).map(({ kid }) => kid)).toEqual(
      expect.arrayContaining(before.map(({ kid }) => kid)),
    );

    const exchanged = await exchange(world, code);
    expect([exchanged.status, kidOf(exchanged.body.id_token)]).toEqual([200, kidOf(second.id_token)]);
    expect((await profile(world, first.access_token)).status).toBe(200);
    expect((await introspect(world, first.access_token)).body.active).toBe(true);
    const refreshed = await refresh(world, first.refresh_token);
    expect(kidOf(refreshed.body.id_token)).toBe(kidOf(second.id_token));
    await verify(refreshed.body.id_token);
  });

  it('for LMSs are others, and never published to applications', async () => {
    const { body } = await send(world, 'GET', '/lti/keys');
    const lti = body.keys.map(({ kid }: { kid: string }) => kid);
    expect(lti.length).toBeGreaterThan(0);
    for (const { kid } of await published()) expect(lti).not.toContain(kid);
  });
});
