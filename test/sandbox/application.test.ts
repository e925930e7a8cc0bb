import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxApplicationId } from '../../server/sandbox/identifiers.js';
import { startAuthorizationServer } from './support/authorization-server.js';
import { serveSandbox } from './support/sites.js';

describe('the demonstration application', () => {
  let bridge: Awaited<ReturnType<typeof startAuthorizationServer>>;
  let site: Awaited<ReturnType<typeof serveSandbox>>;
  beforeAll(async () => {
    bridge = await startAuthorizationServer(sandboxApplicationId);
    site = await serveSandbox({ publicUrl: bridge.issuer });
    await site.sandbox.prepare();
  });
  afterAll(async () => {
    await site.close();
    await bridge.close();
  });

  const callback = (changes: Record<string, string> = {}) => {
    const query = new URLSearchParams({ code: bridge.newCode(), iss: bridge.issuer, ...changes });
    return site.ask(`${site.appUrl}/callback?${query}`);
  };

  it('exchanges the code and shows who came, why, and what the bridge said', async () => {
    const { status, headers, body } = await callback();
    expect(status).toBe(200);
    expect(body).toContain('Hello, Ada');
    expect(body).toContain('Ada &lt;b&gt;Sample&lt;/b&gt;');
    expect(body).toContain('to work on an assignment');
    expect(body).toContain('Quiz: parts of a cell');
    expect(body).toContain('&quot;first_name&quot;: &quot;Ada&quot;');
    expect(body).not.toMatch(/access-token-\d/);
    expect(headers['content-security-policy']).toContain('frame-ancestors *');
    expect(headers['x-frame-options']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');

    const exchange = bridge.asked.find(({ path }) => path === '/oauth/token')!;
    expect(exchange.authorization).toMatch(/^Basic /);
    expect(exchange.form).toMatchObject({
      grant_type: 'authorization_code',
      redirect_uri: `${site.appUrl}/callback`,
    });
    expect(exchange.form).not.toHaveProperty('code_verifier');
  });

  it('keeps its session in a cookie that lives in frames of other sites', async () => {
    const { headers } = await callback();
    const cookie = String(headers['set-cookie']?.[0]).toLowerCase();
    for (const part of ['httponly', 'secure', 'samesite=none', 'partitioned', 'path=/']) {
      expect(cookie).toContain(part);
    }
    const again = await site.ask(`${site.appUrl}/`, { headers: { cookie: cookieOf(headers) } });
    expect(again.body).toContain('Hello, Ada');
    expect((await site.ask(`${site.appUrl}/`)).body).toContain('Nobody is here yet');
  });

  it('refreshes the tokens and asks for user info', async () => {
    const own = { cookie: cookieOf((await callback()).headers), origin: site.appUrl };
    const refreshed = await site.ask(`${site.appUrl}/refresh`, { method: 'POST', headers: own });
    expect(refreshed.status).toBe(200);
    expect(refreshed.body).toContain('refreshed once');
    expect(refreshed.body).toContain('to work on an assignment');
    const told = await site.ask(`${site.appUrl}/user-info`, { method: 'POST', headers: own });
    expect(told.body).toContain('&quot;locale&quot;: &quot;en-GB&quot;');
  });

  it('takes no form of another site, and says calmly that the cookie did not come', async () => {
    const cookie = cookieOf((await callback()).headers);
    const foreign = { cookie, origin: 'https://elsewhere.example' };
    const refused = await site.ask(`${site.appUrl}/refresh`, { method: 'POST', headers: foreign });
    expect(refused.status).toBe(400);
    const without = await site.ask(`${site.appUrl}/refresh`, {
      method: 'POST',
      headers: { origin: site.appUrl },
    });
    expect(without.status).toBe(400);
    expect(without.body).toContain('cookie');
  });

  it('asks to open the link again when the code is spent', async () => {
    const code = bridge.newCode();
    await callback({ code });
    const { status, body } = await callback({ code });
    expect(status).toBe(400);
    expect(body).toContain('open the link again');
  });

  it.each([
    ['no code', () => site.ask(`${site.appUrl}/callback`), 400],
    ['an error', () => site.ask(`${site.appUrl}/callback?error=access_denied&iss=${bridge.issuer}`), 400],
    ['the code of another issuer', () => callback({ iss: 'https://elsewhere.example' }), 502],
    ['an unasked state', () => callback({ state: 'x' }), 502],
  ])('shows a calm page for %s', async (_, ask, status) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.body).toContain('Please open it again');
  });

  it('does not believe an id_token of another issuer', async () => {
    bridge.sayIssuerOfIdTokens('https://elsewhere.example');
    const { status, body } = await callback();
    bridge.sayIssuerOfIdTokens(undefined);
    expect(status).toBe(502);
    expect(body).not.toContain('Hello');
  });
});

function cookieOf(headers: { 'set-cookie'?: string[] }): string {
  return String(headers['set-cookie']?.[0]).split(';')[0]!;
}
