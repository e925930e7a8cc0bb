/** Headers by door: everything is closed unless a door needs it open, and /lti needs to be framed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPlatform } from '../support/platform.js';
import { startProduction, type ProductionBridge } from '../support/production.js';
import { bearer, send, sendRaw, type Answer } from '../support/requests.js';
import {
  connect,
  createApplication,
  launch,
  refusalOf,
  resourceLaunch,
  startWorld,
  type World,
} from '../support/world.js';

let world: World;
let production: ProductionBridge;
beforeAll(async () => {
  world = await startWorld();
  production = await startProduction();
});
afterAll(async () => {
  await world.stop();
  await production.bridge.stop();
});

function policyOf({ headers }: Pick<Answer, 'headers'>): Record<string, string> {
  const directives = (headers.get('content-security-policy') ?? '').split(';').map((text) => text.trim());
  return Object.fromEntries(
    directives.filter(Boolean).map((text) => {
      const [name, ...values] = text.split(/\s+/);
      return [name, values.join(' ')];
    }),
  );
}

function expectClosed(answer: Pick<Answer, 'headers'>): void {
  const policy = policyOf(answer);
  expect(policy).toMatchObject({
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  });
  expect(policy).not.toHaveProperty('script-src');
  expect(answer.headers.get('x-frame-options')).toBe('DENY');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  expectCommon(answer);
}

function expectCommon({ headers }: Pick<Answer, 'headers'>): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('server')).toBeNull();
}

describe.each(['development', 'production'])('in %s', (environment) => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    environment === 'development'
      ? sendRaw(world, 'GET', path, { headers })
      : sendRaw(production, 'GET', path, { headers });

  it.each([
    ['/', 200],
    ['/nothing', 404],
    ['/assets/nothing.css', 404],
    ['/oauth/jwks', 200],
    ['/oauth/nothing', 404],
    ['/oauth/token', 405],
    ['/oauth/userinfo', 401],
    ['/.well-known/openid-configuration', 200],
    ['/.well-known/nothing', 404],
    ['/api/v2/my/profile', 401],
    ['/api/v2/nothing', 404],
    ['/api/nothing', 404],
    ['/api/authentication/token', 405],
    ['/admin/api/applications', 401],
    ['/admin/nothing', 404],
    ['/admin', 404],
  ])('%s (%i) is closed', async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expectClosed(answer);
  });

  it('an answer to the operator is closed', async () => {
    const { bridge } = environment === 'development' ? world : production;
    expectClosed(await get('/admin/api/applications', bearer(bridge.context.config.adminToken)));
  });

  it('a page under an unknown name is closed', async () => {
    const answer = await get('/', { host: 'evil.example' });
    expect(answer.status).toBe(421);
    expectClosed(answer);
  });

  it.each([
    ['/lti/login', 400],
    ['/lti/login?iss=x&login_hint=y&target_link_uri=z', 400],
    ['/lti/launch', 400],
    ['/lti/keys', 200],
    // An application signs its person in from inside that frame, and is refused there too.
    ['/oauth/authorize', 400],
  ])('%s (%i) may live in the frame of an LMS', async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    const policy = policyOf(answer);
    expect(policy['frame-ancestors']).toBe(environment === 'development' ? 'https: http:' : 'https:');
    expect(policy['default-src']).toBe("'none'");
    expect(policy['base-uri']).toBe("'none'");
    // Browsers hold it against every redirect after a form.
    expect(policy).not.toHaveProperty('form-action');
    for (const name of [
      'x-frame-options',
      'cross-origin-opener-policy',
      'cross-origin-resource-policy',
      'cross-origin-embedder-policy',
    ]) {
      expect([name, answer.headers.get(name)]).toEqual([name, null]);
    }
    expect(answer.headers.get('referrer-policy')).toBe('strict-origin');
    expectCommon(answer);
  });
});

describe('a platform that names who may frame', () => {
  it('narrows its own launches and nobody else’s', async () => {
    const platform = await startPlatform({ toolLaunchUrl: `${world.bridge.url}/lti/launch` });
    const application = await createApplication(world.bridge);
    await connect(world.bridge, platform, application, {
      frame_origins: ['https://school.example', 'https://*.school.example'],
    });
    const tampered = { claims: { aud: 'somebody-else' } };
    const narrow = await launch({ ...world, platform }, resourceLaunch(), tampered);
    expect(refusalOf(narrow)).toBe('launch_audience_mismatch');
    expect(policyOf(narrow)['frame-ancestors']).toBe('https://school.example https://*.school.example');
    const wide = await launch(world, resourceLaunch(), tampered);
    expect(policyOf(wide)['frame-ancestors']).toBe('https: http:');
    await platform.close();
  });
});

describe('a file of ours', () => {
  it.each(['/assets/bridge.css', '/assets/pico.css'])(
    '%s is what it says, and may be kept for an hour',
    async (path) => {
      const { status, headers } = await send(world, 'GET', path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/css/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
      // `fetch` would say "no-cache" beside it.
      const again = await sendRaw(world, 'GET', path, { headers: { 'if-none-match': headers.get('etag')! } });
      expect([again.status, again.text.length]).toEqual([304, 0]);
      const head = await send(world, 'HEAD', path);
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers.get('content-length')).not.toBe('0');
    },
  );
});
