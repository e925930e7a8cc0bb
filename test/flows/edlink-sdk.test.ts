/**
 * Edlink's own SDK, unmodified from npm, against this bridge. Its base address is a constant, so its requests are turned
 * round from outside, by the axios instance it exposes; nothing else of it is touched.
 */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf, launch, redirectUri, resourceLaunch, startWorld, type World } from '../support/world.js';

// Its "module" entry names a file that does not exist; the CommonJS entry works.
const require = createRequire(import.meta.url);
const { Edlink, TokenSetType } = require('@edlink/typescript') as typeof import('@edlink/typescript');

interface Sent {
  method: string;
  url: string;
  data: Record<string, unknown> | undefined;
  authorization: string | undefined;
}

let world: World;
let edlink: InstanceType<typeof Edlink>;
let sent: Sent[];
let turnRound: number;
/** The one instance that the SDK's parts share. */
const { axios } = new Edlink({ client_id: 'x', client_secret: 'x' }).use({
  type: TokenSetType.Integration,
  access_token: 'x',
} as never) as any;

beforeAll(async () => {
  world = await startWorld();
  turnRound = axios.interceptors.request.use((config: any) => {
    const { method, url, data, headers } = config;
    sent.push({ method: method.toUpperCase(), url, data, authorization: headers.Authorization });
    return { ...config, url: url.replace('https://ed.link', world.bridge.url) };
  });
  edlink = new Edlink({
    client_id: world.application.id,
    client_secret: world.application.secret,
    log_level: 'silent',
  });
});
beforeEach(() => {
  sent = [];
});
afterAll(async () => {
  axios.interceptors.request.eject(turnRound);
  await world.stop();
});

const newCode = async () => codeOf(await launch(world, resourceLaunch()));
/** The SDK's own types take either kind of token set for the other. */
const use = (tokens: any): any => edlink.use(tokens);
const grant = async (): Promise<any> =>
  edlink.auth.grant({ code: await newCode(), redirect_uri: redirectUri });
const tokenAddress = 'https://ed.link/api/authentication/token';

describe("Edlink's SDK", () => {
  it('gets tokens and the context for the code of a launch', async () => {
    const tokens = await grant();
    expect(tokens).toEqual({
      type: 'person',
      access_token: expect.stringMatching(/^[\w-]{43,}$/),
      refresh_token: expect.stringMatching(/^[\w-]{43,}$/),
      token_type: 'Bearer',
      expires_in: 3600,
      context: expect.objectContaining({ version: 2, intent: 'class' }),
    });
    expect(sent).toEqual([
      {
        method: 'POST',
        url: tokenAddress,
        authorization: undefined,
        data: {
          code: expect.any(String),
          client_id: world.application.id,
          client_secret: world.application.secret,
          redirect_uri: redirectUri,
          grant_type: 'authorization_code',
        },
      },
    ]);
  });

  it('refreshes three times at once and keeps the refresh token it has', async () => {
    const { refresh_token } = await grant();
    const all = await Promise.all([1, 2, 3].map(() => edlink.auth.refresh(refresh_token)));
    for (const tokens of all as any[]) {
      expect(tokens).toEqual({
        type: 'person',
        access_token: expect.any(String),
        refresh_token,
        token_type: 'Bearer',
        expires_in: 3600,
      });
    }
    expect(new Set(all.map(({ access_token }) => access_token)).size).toBe(3);
  });

  it('refreshes before its first call, then asks for the profile with a question mark behind it', async () => {
    const tokens = await grant();
    sent = [];
    const person = await use(tokens).my.profile();
    expect(person).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      first_name: 'Ada',
      last_name: 'Sample',
      email: 'ada@school.example',
    });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${tokenAddress}`,
      'GET https://ed.link/api/v2/my/profile?',
    ]);
    expect(sent[0]!.data).toEqual({
      refresh_token: expect.any(String),
      client_id: world.application.id,
      client_secret: world.application.secret,
      grant_type: 'refresh_token',
    });
    expect(sent[1]!.authorization).toMatch(/^Bearer /);
  });

  it('makes three first calls at once, each with a refresh of its own, and goes on with what it kept', async () => {
    const tokens = await grant();
    const session = use(tokens);
    const people = await Promise.all([1, 2, 3].map(() => session.my.profile()));
    expect(new Set(people.map(({ id }) => id)).size).toBe(1);
    sent = [];
    expect((await session.my.profile()).id).toBe(people[0].id);
    // The token it has is good for an hour now.
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
  });

  it('goes on with the tokens of another process, read back from where they were kept', async () => {
    const kept = JSON.parse(JSON.stringify(await grant()));
    const [one, two] = [use({ ...kept }), use({ ...kept })];
    const first = await one.my.profile();
    expect((await two.my.profile()).id).toBe(first.id);
    // A refresh of the one has not ended the access token of the other.
    expect((await one.my.profile()).id).toBe(first.id);
  });

  it('finds the token it had before still good after a refresh', async () => {
    const tokens = await grant();
    await edlink.auth.refresh(tokens.refresh_token);
    const later = { ...tokens, expiration_date: new Date(Date.now() + 3_600_000) };
    expect((await use(later).my.profile()).first_name).toBe('Ada');
  });

  it('knows a token that is none by the code of the envelope', async () => {
    const tokens = { type: TokenSetType.Person, access_token: 'nonsense', expiration_date: new Date(9e12) };
    const call = use(tokens).my.profile();
    await expect(call).rejects.toMatchObject({ code: 'INVALID_TOKEN', status: 401 });
    await expect(use(tokens).my.profile()).rejects.toThrow(/^You must supply a valid access token/);
  });

  it('says that its refresh failed when the grant is gone', async () => {
    const tokens = await grant();
    await world.bridge.context.launches.revokeGrant(tokens.context.lti.launch_id);
    await expect(use(tokens).my.profile()).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Failed to refresh token.',
      status: 400,
    });
  });

  it('fails on a code that is spent, with both kinds of error in the answer', async () => {
    const code = await newCode();
    await edlink.auth.grant({ code, redirect_uri: redirectUri });
    const again = edlink.auth.grant({ code, redirect_uri: redirectUri });
    await expect(again).rejects.toMatchObject({
      response: {
        status: 400,
        data: {
          error: 'invalid_grant',
          $errors: [{ code: 'INVALID_GRANT', message: expect.any(String) }],
          $request: expect.any(String),
        },
      },
    });
  });

  it('is refused with a wrong secret', async () => {
    const wrong = new Edlink({ client_id: world.application.id, client_secret: 'wrong' });
    await expect(wrong.auth.grant({ code: 'x', redirect_uri: redirectUri })).rejects.toMatchObject({
      response: { status: 401, data: { error: 'invalid_client', $errors: [{ code: 'INVALID_CLIENT' }] } },
    });
  });

  it('meets an envelope with $errors wherever it goes in vain', async () => {
    const session = use(await grant());
    await expect(session.request('/nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(session.request('/profile', { method: 'POST' })).rejects.toMatchObject({
      code: 'UNSUPPORTED_OPERATION',
    });
  });
});
