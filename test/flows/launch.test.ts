/** A launch from the LMS's login to the application's tokens, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  codeOf,
  exchange,
  launch,
  redirectUri,
  refresh,
  resourceLaunch,
  selectLaunch,
  startWorld,
  type World,
} from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe('a launch', () => {
  it('sends the browser to the primary redirect URI with a code and the issuer, and nothing else', async () => {
    const page = await launch(world, resourceLaunch());
    expect(page.status).toBe(303);
    const url = new URL(page.location!);
    expect(url.origin + url.pathname).toBe(redirectUri);
    expect([...url.searchParams.keys()]).toEqual(['code', 'iss']);
    expect(url.searchParams.get('iss')).toBe(world.bridge.url);
  });

  it('gives tokens and the context for the code', async () => {
    const answer = await exchange(world, codeOf(await launch(world, resourceLaunch())));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      access_token: expect.stringMatching(/^[\w-]{43,}$/),
      refresh_token: expect.stringMatching(/^[\w-]{43,}$/),
      id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      context: { version: 2, intent: 'class' },
    });
    const again = await refresh(world, answer.body.refresh_token);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(answer.body.refresh_token);
    expect(again.body).not.toHaveProperty('context');
  });

  it('tells a selection launch by its intent', async () => {
    const answer = await exchange(world, codeOf(await launch(world, selectLaunch())));
    expect(answer.body.context).toMatchObject({
      intent: 'select',
      lti: { deep_linking: { accept_multiple: false } },
    });
  });
});
