/**
 * A code that answers an application's own authorization request carries a challenge (RFC 7636) and the redirect URI of
 * that request. No launch gives such codes yet; here the engine makes them, as launch mode `initiate` will.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, launch, redirectUri, requestToken, resourceLaunch, startWorld, type World } from '../support/world.js';

const verifier = 'a-verifier-of-at-least-forty-three-characters-0';
const challenge = createHash('sha256').update(verifier).digest('base64url');
const second = 'https://app.example/second';

let world: World;
beforeAll(async () => {
  world = await startWorld({ application: { redirect_uris: [redirectUri, second] } });
});
afterAll(() => world.stop());

async function newCode(changes: Record<string, unknown> = {}): Promise<string> {
  codeOf(await launch(world, resourceLaunch()));
  const { items } = (await world.bridge.admin('GET', 'launches?limit=1')).body;
  const provider = await world.bridge.context.provider.get();
  const code = new provider.AuthorizationCode({
    client: await provider.Client.find(world.application.id),
    accountId: items[0].person_id,
    grantId: items[0].id,
    redirectUri: second,
    scope: 'openid',
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    ...changes,
  } as never);
  return code.save();
}

const redeem = async (parameters: Record<string, string>, changes: Record<string, unknown> = {}) => {
  const form = { grant_type: 'authorization_code', code: await newCode(changes), ...parameters };
  const { status, body } = await requestToken(world, form);
  return status === 200 ? 200 : body.error;
};

describe('the code of an own request', () => {
  it('is redeemed with the right verifier and the same redirect URI', async () => {
    expect(await redeem({ redirect_uri: second, code_verifier: verifier })).toBe(200);
  });

  it('is refused without the verifier, and with a wrong or a spoilt one', async () => {
    expect(await redeem({ redirect_uri: second })).toBe('invalid_grant');
    expect(await redeem({ redirect_uri: second, code_verifier: `${verifier}1` })).toBe('invalid_grant');
    expect(await redeem({ redirect_uri: second, code_verifier: challenge })).toBe('invalid_grant');
    expect(await redeem({ redirect_uri: second, code_verifier: 'short' })).not.toBe(200);
    expect(await redeem({ redirect_uri: second, code_verifier: '' })).not.toBe(200);
  });

  it('has to repeat its redirect URI: what was left out is not filled in for it', async () => {
    expect(await redeem({ code_verifier: verifier })).toBe('invalid_grant');
    expect(await redeem({ redirect_uri: redirectUri, code_verifier: verifier })).toBe('invalid_grant');
  });

  it('is the other way round for a code that nobody asked for', async () => {
    const unsolicited = { codeChallenge: undefined, codeChallengeMethod: undefined };
    expect(await redeem({}, unsolicited)).toBe(200);
    expect(await redeem({ redirect_uri: redirectUri }, unsolicited)).toBe('invalid_grant');
  });
});
