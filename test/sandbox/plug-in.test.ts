/** A developer's own application in the sandbox: plugged in, chosen, launched into, taken out. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxClientId } from '../../server/sandbox/identifiers.js';
import { problemOfRedirectUri } from '../../server/sandbox/lms/plug-in.js';
import { sha256 } from '../../server/lib/crypto.js';
import { openPaths, startSandboxWithTool } from './support/sandbox-with-tool.js';
import { serveSandbox } from './support/sites.js';
import { Visitor } from './support/visitor.js';

const redirectUri = 'http://localhost:4000/callback';
const launchPath = '/people/ben/courses/biology/open/cell-quiz/launch';
let world: Awaited<ReturnType<typeof startSandboxWithTool>>;
beforeAll(async () => {
  world = await startSandboxWithTool();
});
afterAll(() => world.close());

async function plugIn(visitor: Visitor, name = 'My quiz') {
  const { status, body } = await visitor.post('/applications', { name, redirect_uri: redirectUri });
  const value = (term: string) =>
    new RegExp(`<dt>${term}</dt><dd><code>([^<]+)</code>`).exec(body)?.[1] ?? '';
  return { status, body, clientId: value('client_id'), secret: value('client_secret') };
}

describe('an application of one’s own', () => {
  it('gets a client_id and a secret, shown once, and the next launch goes to it', async () => {
    const visitor = new Visitor(world.site);
    const { status, clientId, secret } = await plugIn(visitor);
    expect(status).toBe(200);
    const row = await world.site.stores.applications.findForOAuth(clientId);
    expect(row).toMatchObject({ name: 'My quiz', redirectUris: [redirectUri], launchMode: 'code' });
    expect(row?.secretHashes).toEqual([sha256(secret)]);

    const { login, claims } = await visitor.launch(launchPath, world.tool.url);
    expect(login.client_id).toMatch(/^plugged-in-/);
    expect(claims.aud).toBe(login.client_id);
    const [platform] = await world.site.stores.platforms.findByIssuer(world.site.lmsUrl, login.client_id);
    expect(platform).toMatchObject({ applicationId: clientId, state: 'active' });

    const list = await visitor.get('/applications');
    expect(list.body).toContain('My quiz');
    expect(list.body).not.toContain(secret);
  });

  it('is chosen in the header, and every visitor has a choice of their own', async () => {
    const visitor = new Visitor(world.site);
    await plugIn(visitor, 'Chosen');
    const back = '/people/ada/courses/history';
    const chosen = await visitor.post('/applications/choose', { client_id: sandboxClientId, back });
    expect(chosen.headers.location).toBe(back);
    expect((await visitor.launch(launchPath, world.tool.url)).claims.aud).toBe(sandboxClientId);
    expect((await new Visitor(world.site).launch(launchPath, world.tool.url)).claims.aud).toBe(
      sandboxClientId,
    );
    const elsewhere = { client_id: sandboxClientId, back: '//elsewhere.example' };
    expect((await visitor.post('/applications/choose', elsewhere)).headers.location).toBe('/');
    expect((await visitor.post('/applications/choose', { client_id: 'unknown' })).status).toBe(404);
  });

  it('keeps what it placed, whatever is chosen later', async () => {
    const visitor = new Visitor(world.site);
    await plugIn(visitor, 'Places things');
    const own = (await visitor.launch(launchPath, world.tool.url)).claims.aud;
    await world.place(visitor, [{ type: 'ltiResourceLink', title: 'Mine' }]);
    await visitor.post('/applications/choose', { client_id: sandboxClientId });
    const path = openPaths((await visitor.get('/people/ben/courses/biology')).body).at(-1)!;
    expect((await visitor.launch(`${path}/launch`, world.tool.url)).claims.aud).toBe(own);
    expect((await visitor.launch(launchPath, world.tool.url)).claims.aud).toBe(sandboxClientId);
  });

  it('is taken out with everything it had; the demonstration application is not', async () => {
    const visitor = new Visitor(world.site);
    const { clientId } = await plugIn(visitor, 'Comes and goes');
    const { claims } = await visitor.launch(launchPath, world.tool.url);
    expect((await visitor.post(`/applications/${claims.aud}/remove`)).status).toBe(302);
    expect(await world.site.stores.applications.find(clientId)).toBeUndefined();
    expect(await world.site.stores.platforms.findByIssuer(world.site.lmsUrl, claims.aud)).toEqual([]);
    // The choice falls back to what is there.
    expect((await visitor.launch(launchPath, world.tool.url)).claims.aud).toBe(sandboxClientId);
    expect((await visitor.post(`/applications/${sandboxClientId}/remove`)).status).toBe(404);
  });

  it('needs an address that launches can go to', async () => {
    const visitor = new Visitor(world.site);
    const { status, body } = await visitor.post('/applications', {
      name: '<b>Mine</b>',
      redirect_uri: 'http://example.org/callback',
    });
    expect(status).toBe(422);
    expect(body).toContain('must begin with https://');
    expect(body).toContain('value="http://example.org/callback"');
    expect(body).toContain('&lt;b&gt;Mine&lt;/b&gt;');
  });

  it('comes from a page of the LMS only', async () => {
    const visitor = new Visitor(world.site);
    const form = { name: 'Mine', redirect_uri: redirectUri };
    expect((await visitor.post('/applications', form, 'https://elsewhere.example')).status).toBe(400);
  });

  it('ends where there are as many as can be', async () => {
    const visitor = new Visitor(world.site);
    for (let count = 0; count < 8; count += 1) await plugIn(visitor, `One of many ${count}`);
    expect((await plugIn(visitor)).status).toBe(422);
    expect((await visitor.get('/applications')).body).toContain(
      'As many applications are plugged in as can be',
    );
  });
});

describe('a sandbox that others can reach', () => {
  it('connects no applications', async () => {
    const site = await serveSandbox({ publicUrl: 'https://bridge.example' });
    await site.sandbox.prepare();
    const visitor = new Visitor(site);
    expect((await visitor.get('/applications')).body).toContain('its operator connects applications');
    const form = { name: 'Mine', redirect_uri: 'https://app.example/callback' };
    expect((await visitor.post('/applications', form)).status).toBe(404);
    await site.close();
  });
});

describe('a redirect URI', () => {
  it.each([
    'https://app.example/callback',
    'https://app.example:8443/callback?from=lms',
    'http://localhost:4000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:4000/',
    'http://app.localhost:4000/callback',
  ])('%s is one', (uri) => expect(problemOfRedirectUri(uri)).toBeUndefined());

  it.each([
    '',
    'callback',
    '/callback',
    'ftp://localhost/callback',
    'javascript:alert(1)',
    'http://app.example/callback',
    'http://localhost.example/callback',
    'https://user:password@app.example/',
    'https://app.example/#part',
    'https://app.example\\callback',
    ' https://app.example/',
    `https://app.example/${'x'.repeat(2_048)}`,
  ])('%j is none', (uri) => expect(problemOfRedirectUri(uri)).toEqual(expect.any(String)));
});
