/** The login that a platform starts: what it may say, what we answer, and that nothing of it is kept. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue, type ErrorCode } from '../../server/lib/errors.js';
import { asForm, sendAsWritten } from '../lti/support/http.js';
import { unescapeHtml } from '../lti/support/pages.js';
import { countRows } from '../lti/support/stored.js';
import { startBridge, type TestBridge } from '../support/bridge.js';
import { TestBrowser, type Page } from '../support/browser.js';
import { connect, createApplication, refusalOf, startWorld, type World } from '../support/world.js';

let world: World;
let port: number;
beforeAll(async () => {
  world = await startWorld();
  port = Number(new URL(world.bridge.url).port);
});
afterAll(() => world.stop());

type Given = Record<string, string | undefined>;

const parameters = (changes: Given = {}): Given => ({
  iss: world.platform.platform.issuer,
  client_id: world.platform.platform.clientId,
  login_hint: 'user-1',
  target_link_uri: 'https://tool.example/lti/launch',
  lti_message_hint: 'message-1',
  lti_deployment_id: 'test-deployment',
  ...changes,
});

function encode(given: Given | [string, string][] | string): string {
  if (typeof given === 'string') return given;
  const entries = Array.isArray(given) ? given : Object.entries(given);
  return new URLSearchParams(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();
}

interface LoginOptions {
  method?: 'GET' | 'POST';
  path?: string;
  headers?: Record<string, string>;
  /** A browser that was never here, which gets a page instead of a redirect. */
  isNew?: boolean;
}

/** A login as a browser sends it, with any parameters. */
function login(
  given: Given | [string, string][] | string,
  { method = 'POST', path = '/lti/login', headers = {}, isNew = false }: LoginOptions = {},
): Promise<Page> {
  const query = encode(given);
  const cookie: Record<string, string> = isNew ? {} : { cookie: 'lti_probe=1' };
  return method === 'GET'
    ? sendAsWritten(port, 'GET', `${path}?${query}`, { headers: { ...cookie, ...headers } })
    : sendAsWritten(port, 'POST', path, { headers: { ...asForm, ...cookie, ...headers }, body: query });
}

function authenticationRequest(answer: Page): Record<string, string> {
  if (answer.status !== 302) throw new Error(`${answer.status} ${refusalOf(answer)}`);
  return Object.fromEntries(new URL(answer.location!).searchParams);
}

const ways: ['GET' | 'POST'][] = [['GET'], ['POST']];

describe('a login', () => {
  it.each(ways)('by %s leads to the platform with an authentication request', async (method) => {
    const answer = await login(parameters(), { method });
    expect(answer.status).toBe(302);
    const url = new URL(answer.location!);
    expect(url.origin + url.pathname).toBe(world.platform.platform.authorizationEndpoint);
    expect([...url.searchParams]).toEqual([
      ['scope', 'openid'],
      ['response_type', 'id_token'],
      ['response_mode', 'form_post'],
      ['prompt', 'none'],
      ['client_id', world.platform.platform.clientId],
      ['redirect_uri', `${world.bridge.url}/lti/launch`],
      ['login_hint', 'user-1'],
      ['lti_message_hint', 'message-1'],
      ['state', expect.stringMatching(/^[\w-]+\.[\w-]+$/)],
      ['nonce', expect.stringMatching(/^[\w-]{43}$/)],
    ]);
    expect(answer.text).toBe('');
  });

  it('needs no client_id where the issuer has one platform', async () => {
    expect(authenticationRequest(await login(parameters({ client_id: undefined })))).toMatchObject({
      client_id: world.platform.platform.clientId,
    });
  });

  it.each(['lti_message_hint', 'lti_deployment_id', 'client_id', 'lti_storage_target'])(
    'takes an empty %s for none',
    async (name) => {
      const request = authenticationRequest(await login(parameters({ [name]: '' })));
      expect('lti_message_hint' in request).toBe(name !== 'lti_message_hint');
    },
  );

  it('ignores parameters that it does not know', async () => {
    const extras = {
      canvas_region: 'us-east-1',
      canvas_environment: 'production',
      deployment_id: '1:abc',
      scope: 'evil',
      redirect_uri: 'https://evil.example/',
      state: 'mine',
      nonce: 'mine',
      __proto__: 'x',
    };
    expect(authenticationRequest(await login({ ...parameters(), ...extras }))).toMatchObject({
      scope: 'openid',
      redirect_uri: `${world.bridge.url}/lti/launch`,
      state: expect.not.stringMatching(/^mine$/),
      nonce: expect.not.stringMatching(/^mine$/),
    });
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'not an address',
    '\r\nLocation: https://evil.example/',
  ])('does not follow the target %j, which nobody has signed', async (target) => {
    const answer = await login(parameters({ target_link_uri: target }));
    const location = new URL(answer.location!);
    expect(location.origin).toBe(world.platform.origin);
    expect(answer.location).not.toContain('evil');
    expect(location.searchParams.get('redirect_uri')).toBe(`${world.bridge.url}/lti/launch`);
  });

  it('takes its own address from the configuration, whatever the headers say', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    };
    const answer = await login(parameters(), { headers });
    expect(JSON.stringify([...answer.headers])).not.toContain('evil');
    const strange = await login(parameters(), { headers: { host: 'evil.example' } });
    expect([strange.status, refusalOf(strange)]).toEqual([421, 'host_unknown']);
  });
});

describe('a hint goes back as it came', () => {
  const hints: [string, string][] = [
    ['with spaces and plus signs', ' a b+c  '],
    ['with reserved characters', "a&b=c#d?e%f;g/h:i@j!k$l'm(n)o*p,q[r]"],
    ['that is percent-encoded itself', '%2520%41%zz'],
    ['that is JSON', '{"cmid":4,"launchid":"ltilaunch_4_1234"}'],
    ['that is a JWT', `${randomBytes(300).toString('base64url')}.${randomBytes(90).toString('base64url')}.x`],
    ['in other scripts', 'Grüße, 学校, שלום, 😀'],
    ['with line breaks', 'a\r\nSet-Cookie: x=1\r\n\r\n<b>'],
    ['with markup', '"><script>alert(1)</script>'],
    ['with a NUL', 'a\u0000b'],
    ['with odd white space', '\u00a0\u2028\ufeff'],
    ['of 8,192 characters', 'h'.repeat(8_192)],
    ['of 8,192 characters that each take nine', '学'.repeat(8_192)],
  ];

  it.each(hints)('%s', async (_title, hint) => {
    const answer = await login(parameters({ login_hint: hint, lti_message_hint: hint }));
    expect(authenticationRequest(answer)).toMatchObject({ login_hint: hint, lti_message_hint: hint });
    expect(answer.location).toMatch(/^[\x21-\x7e]+$/);
    expect(answer.headers.getSetCookie().every((line) => /^lti_probe|^login_/.test(line))).toBe(true);
  });

  it.each(hints.slice(0, 10))('%s, by GET', async (_title, hint) => {
    const answer = await login(parameters({ login_hint: hint, lti_message_hint: hint }), { method: 'GET' });
    expect(authenticationRequest(answer)).toMatchObject({ login_hint: hint, lti_message_hint: hint });
  });

  it.each(hints)('%s, through the page that a new browser gets', async (_title, hint) => {
    const answer = await login(parameters({ login_hint: hint, lti_message_hint: hint }), { isNew: true });
    expect(answer.status).toBe(200);
    const link = unescapeHtml(/<a id="continue" class="button" href="([^"]*)"/.exec(answer.text)![1]!);
    expect(Object.fromEntries(new URL(link).searchParams)).toMatchObject({
      login_hint: hint,
      lti_message_hint: hint,
    });
  });
});

describe("the platform's own address", () => {
  it.each([
    ['', '?scope='],
    ['?', '?scope='],
    ['?a=%7Eb&c=d+e&f=%20g', '?a=%7Eb&c=d+e&f=%20g&scope='],
    ['?empty=&novalue&&x=1;2&', '?empty=&novalue&&x=1;2&scope='],
    ['?state=theirs&scope=theirs', '?state=theirs&scope=theirs&scope='],
    ['/%E5%AD%A6/..;/x?u=https://a/?b=c', '/%E5%AD%A6/..;/x?u=https://a/?b=c&scope='],
  ])('ending in %j keeps it to the byte', async (ending, kept) => {
    const endpoint = `https://lms.example/auth${ending}`;
    const application = await createApplication(world.bridge);
    const issuer = `https://lms.example/${randomBytes(6).toString('hex')}`;
    await connect(world.bridge, world.platform, application, { issuer, authorization_endpoint: endpoint });
    const answer = await login(parameters({ iss: issuer }));
    expect(answer.location!.startsWith(`https://lms.example/auth${kept}openid&`)).toBe(true);
  });
});

describe('a login is refused', () => {
  const long = (count: number) => 'x'.repeat(count);
  const refusals: [string, ErrorCode, () => Given | [string, string][] | string][] = [
    ['without anything', 'login_param_invalid', () => ''],
    ['without iss', 'login_param_invalid', () => parameters({ iss: undefined })],
    ['with an empty iss', 'login_param_invalid', () => parameters({ iss: '' })],
    ['without login_hint', 'login_param_invalid', () => parameters({ login_hint: undefined })],
    ['with an empty login_hint', 'login_param_invalid', () => parameters({ login_hint: '' })],
    ['without target_link_uri', 'login_param_invalid', () => parameters({ target_link_uri: undefined })],
    ['with an empty target_link_uri', 'login_param_invalid', () => parameters({ target_link_uri: '' })],
    ['with a long iss', 'login_param_invalid', () => parameters({ iss: long(2_049) })],
    ['with a long client_id', 'login_param_invalid', () => parameters({ client_id: long(256) })],
    [
      'with a long lti_deployment_id',
      'login_param_invalid',
      () => parameters({ lti_deployment_id: long(256) }),
    ],
    [
      'with a login_hint of more than 8 kB',
      'login_param_invalid',
      () => parameters({ login_hint: long(8_193) }),
    ],
    [
      'with an lti_message_hint of more than 8 kB',
      'login_param_invalid',
      () => parameters({ lti_message_hint: long(8_193) }),
    ],
    [
      'with a target_link_uri of more than 8 kB',
      'login_param_invalid',
      () => parameters({ target_link_uri: long(8_193) }),
    ],
    [
      'with a long lti_storage_target',
      'login_param_invalid',
      () => parameters({ lti_storage_target: long(129) }),
    ],
    [
      'with control characters for a frame',
      'login_param_invalid',
      () => parameters({ lti_storage_target: '\u0001'.repeat(128) }),
    ],
    [
      'with two issuers',
      'login_param_invalid',
      () => [...(Object.entries(parameters()) as [string, string][]), ['iss', 'https://evil.example']],
    ],
    [
      'with two login_hints',
      'login_param_invalid',
      () => [...(Object.entries(parameters()) as [string, string][]), ['login_hint', 'user-2']],
    ],
    [
      'with two client_ids',
      'login_param_invalid',
      () => [...(Object.entries(parameters()) as [string, string][]), ['client_id', 'other']],
    ],
    [
      'by an issuer nobody knows',
      'login_issuer_unknown',
      () => parameters({ iss: 'https://unknown.example' }),
    ],
    [
      'by an issuer with a slash more',
      'login_issuer_unknown',
      () => parameters({ iss: `${parameters().iss}/` }),
    ],
    [
      'by an issuer in other letters',
      'login_issuer_unknown',
      () => parameters({ iss: parameters().iss!.toUpperCase() }),
    ],
    ['by an issuer with a space', 'login_issuer_unknown', () => parameters({ iss: `${parameters().iss} ` })],
    [
      'by an issuer with a NUL',
      'login_issuer_unknown',
      () => parameters({ iss: `${parameters().iss}\u0000` }),
    ],
    ['by an issuer that quotes like SQL', 'login_issuer_unknown', () => parameters({ iss: "' or 1=1 --" })],
    ['with a client_id nobody knows', 'login_issuer_unknown', () => parameters({ client_id: 'other' })],
    [
      'with a client_id in other letters',
      'login_issuer_unknown',
      () => parameters({ client_id: parameters().client_id!.toUpperCase() }),
    ],
  ];

  describe.each(ways)('by %s', (method) => {
    it.each(refusals)('%s', async (_title, code, given) => {
      const before = await countRows(world.bridge);
      const answer = await login(given(), { method });
      expect([answer.status, refusalOf(answer)]).toEqual([catalogue[code].status, code]);
      expect(answer.location).toBeUndefined();
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await countRows(world.bridge)).toEqual(before);
    });
  });

  it.each([
    ['JSON', { 'content-type': 'application/json' }, () => JSON.stringify(parameters())],
    ['a form of many parts', { 'content-type': 'multipart/form-data; boundary=x' }, () => '--x--'],
    ['nothing that is named', {}, () => encode(parameters())],
  ])('as %s', async (_title, headers, body) => {
    const answer = await sendAsWritten(port, 'POST', '/lti/login', {
      headers: headers as Record<string, string>,
      body: body(),
    });
    expect([answer.status, refusalOf(answer)]).toEqual([400, 'login_param_invalid']);
  });

  it('as a form of 300 kB', async () => {
    const answer = await login(parameters({ extra: 'x'.repeat(300_000) }));
    expect([answer.status, refusalOf(answer)]).toEqual([413, 'body_too_large']);
  });

  it.each(['pending', 'suspended'] as const)('by a platform that is %s', async (state) => {
    await world.bridge.context.platforms.update(world.platformId, { state });
    const answer = await login(parameters());
    await world.bridge.context.platforms.update(world.platformId, { state: 'active' });
    expect([answer.status, refusalOf(answer)]).toEqual([403, 'launch_registration_inactive']);
  });

  it('is not allowed with another method', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await sendAsWritten(port, method, '/lti/login')).status).toBe(405);
  });

  it('is told in the log by code and field, without the values', async () => {
    const secret = 'hint-that-nobody-may-read';
    const from = world.bridge.logLines.length;
    await login(parameters({ iss: secret, login_hint: secret, lti_message_hint: secret.repeat(400) }));
    await login(parameters({ login_hint: secret, lti_message_hint: secret }), { method: 'GET' });
    const lines = world.bridge.logLines.slice(from).join('\n');
    expect(lines).toContain('"code":"login_param_invalid"');
    expect(lines).toContain('"field":"lti_message_hint"');
    expect(lines).not.toContain(secret);
  });
});

describe('nothing that came is shown', () => {
  const nasty = [
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    '</script><img src=x onerror=alert(1)>',
    'a\r\nX-Evil: 1',
  ];
  const names = [
    'iss',
    'login_hint',
    'target_link_uri',
    'lti_message_hint',
    'client_id',
    'lti_storage_target',
  ];

  it.each(names.flatMap((name) => nasty.map((value) => [name, value] as const)))(
    'in %s: %j',
    async (name, value) => {
      for (const isNew of [true, false]) {
        const answer = await login(parameters({ [name]: value, [value]: value }), { isNew });
        expect(answer.text).not.toMatch(/<script(?! type="module" src="\/assets\/login\.js"><\/script>)/);
        expect(answer.text).not.toContain('<img');
        if (/[<"']/.test(value)) expect(answer.text).not.toContain(value);
        expect(answer.headers.get('x-evil')).toBeNull();
        expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
        expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe/);
      }
    },
  );
});

describe('platforms with one issuer', () => {
  let twins: { issuer: string; ids: string[] };
  beforeAll(async () => {
    const issuer = 'https://shared.example';
    const [first, second] = [await createApplication(world.bridge), await createApplication(world.bridge)];
    const settings = { issuer, client_id: 'shared', allow_duplicate: true };
    twins = {
      issuer,
      ids: [
        await connect(world.bridge, world.platform, first, { issuer, client_id: 'shared' }),
        await connect(world.bridge, world.platform, second, settings),
      ],
    };
    await connect(world.bridge, world.platform, first, { issuer, client_id: 'alone' });
  });
  const shared = (changes: Given = {}) => parameters({ iss: twins.issuer, client_id: 'shared', ...changes });

  it('are told apart by their client_id', async () => {
    expect(authenticationRequest(await login(shared({ client_id: 'alone' })))).toMatchObject({
      client_id: 'alone',
    });
  });

  it('are never guessed when there is none', async () => {
    const answer = await login(shared({ client_id: undefined }));
    expect([answer.status, refusalOf(answer)]).toEqual([400, 'login_client_ambiguous']);
  });

  it('are never guessed when they share the client_id too', async () => {
    const answer = await login(shared());
    expect([answer.status, refusalOf(answer)]).toEqual([400, 'login_client_ambiguous']);
  });

  it('have an address of their own each', async () => {
    for (const id of twins.ids) {
      const given = { path: `/lti/login/${id}` };
      const request = authenticationRequest(await login(shared(), given));
      expect(JSON.parse(world.bridge.context.stateSealer.open(request.state!, 'login state')!)).toMatchObject(
        {
          p: id,
        },
      );
      expect(authenticationRequest(await login(shared({ client_id: undefined }), given))).toMatchObject({
        client_id: 'shared',
      });
      expect((await login(shared(), { ...given, method: 'GET' })).status).toBe(302);
    }
  });

  it.each<[string, () => string, () => Given]>([
    ['another issuer', () => twins.ids[0]!, () => shared({ iss: 'https://other.example' })],
    ['another client_id', () => twins.ids[0]!, () => shared({ client_id: 'alone' })],
    ['no platform', () => '00000000-0000-4000-8000-000000000000', () => shared()],
    ['what can be no id', () => '1%20or%201=1', () => shared()],
    ['an id in capital letters', () => twins.ids[0]!.toUpperCase(), () => shared()],
  ])('refuse a login at the address of %s', async (_title, id, given) => {
    const answer = await login(given(), { path: `/lti/login/${id()}` });
    expect([answer.status, refusalOf(answer)]).toEqual([400, 'login_issuer_unknown']);
  });
});

describe('the state', () => {
  it('stays under 1 kB with the largest of everything', async () => {
    const application = await createApplication(world.bridge);
    const host = `${Array.from({ length: 3 }, () => 'h'.repeat(63)).join('.')}.${'h'.repeat(55)}.de`;
    const issuer = 'https://large.example';
    await connect(world.bridge, world.platform, application, {
      issuer,
      authorization_endpoint: `https://${host}:65535/${'a'.repeat(1_500)}`,
    });
    const large = (letter: string) =>
      login(
        parameters({
          iss: issuer,
          login_hint: letter.repeat(8_192),
          lti_message_hint: letter.repeat(8_192),
          target_link_uri: letter.repeat(8_192),
          lti_deployment_id: letter.repeat(255),
          lti_storage_target: letter.repeat(128),
        }),
      );
    for (const letter of ['x', '学', '"', '\\', '\u2028']) {
      const { state } = authenticationRequest(await large(letter));
      expect(state!.length).toBeLessThan(1_024);
    }
  });

  it('tells nothing of the login to who carries it', async () => {
    const { state, nonce } = authenticationRequest(await login(parameters()));
    const bytes = Buffer.from(state!, 'base64url').toString('latin1');
    for (const known of [nonce!, 'user-1', 'message-1', 'tool.example', world.platformId])
      expect(state! + bytes).not.toContain(known);
  });

  it('is another one each time, and so is the nonce', async () => {
    const requests = [];
    for (let i = 0; i < 1_000; i += 1) requests.push(authenticationRequest(await login(parameters())));
    expect(new Set(requests.map(({ state }) => state)).size).toBe(1_000);
    expect(new Set(requests.map(({ nonce }) => nonce)).size).toBe(1_000);
    // 256 bits, each as often one as zero: 1,000 throws stray this far once in ten thousand years of test runs.
    const nonces = requests.map(({ nonce }) => Buffer.from(nonce!, 'base64url'));
    expect(nonces.every((bytes) => bytes.length === 32)).toBe(true);
    for (let bit = 0; bit < 256; bit += 1) {
      const ones = nonces.filter((bytes) => (bytes[bit >> 3]! >> (bit & 7)) & 1).length;
      expect(Math.abs(ones - 500)).toBeLessThan(150);
    }
  });
});

describe('a thousand logins that nobody finishes', () => {
  it('write nothing', async () => {
    const before = await countRows(world.bridge);
    const one = (i: number) =>
      login(parameters({ login_hint: `user-${i}` }), { isNew: i % 2 === 0, method: i % 3 ? 'POST' : 'GET' });
    for (let i = 0; i < 1_000; i += 25) await Promise.all(Array.from({ length: 25 }, (_, k) => one(i + k)));
    expect(await countRows(world.bridge)).toEqual(before);
  });
});

describe('the cookies of a login', () => {
  const attributesOf = (line: string) =>
    line
      .split('; ')
      .slice(1)
      .map((part) => part.toLowerCase());

  it('are twins with a secret for ten minutes, and twins that only say that cookies hold', async () => {
    const answer = await login(parameters());
    const lines = answer.headers.getSetCookie();
    const { state } = authenticationRequest(answer);
    const name = `login_${state!.slice(0, 12)}`;
    expect(lines.map((line) => line.split('=')[0]).sort()).toEqual(
      [name, `${name}_u`, 'lti_probe', 'lti_probe_u'].sort(),
    );
    for (const line of lines) {
      const attributes = attributesOf(line);
      const isLogin = line.startsWith('login_');
      expect(attributes).toEqual(expect.arrayContaining(['path=/', 'secure', 'samesite=none']));
      expect(attributes.includes('httponly')).toBe(isLogin);
      expect(attributes.includes('partitioned')).toBe(!/^\w[\w-]*_u=/.test(line));
      expect(attributes.some((attribute) => attribute.startsWith('domain'))).toBe(false);
      expect(line.split(';')[0]).toMatch(isLogin ? /=[\w-]{43}$/ : /=1$/);
      const expires = Date.parse(attributes.find((one) => one.startsWith('expires='))!.slice(8));
      const minutes = (expires - Date.now()) / 60_000;
      expect(minutes).toBeLessThan(isLogin ? 10.1 : 60 * 24 * 366);
      expect(minutes).toBeGreaterThan(isLogin ? 9 : 60 * 24 * 364);
    }
    const secrets = lines
      .filter((line) => line.startsWith('login_'))
      .map((line) => /=([^;]*)/.exec(line)![1]);
    expect(new Set(secrets).size).toBe(1);
    expect(answer.location).not.toContain(secrets[0]!);
    expect(Buffer.from(state!, 'base64url').toString('latin1')).not.toContain(secrets[0]!);
  });

  it('leave those of other logins alone', async () => {
    const browser = new TestBrowser();
    const url = `${world.bridge.url}/lti/login`;
    const given = Object.fromEntries(Object.entries(parameters()) as [string, string][]);
    for (let i = 0; i < 5; i += 1) await browser.post(url, given);
    expect([...browser.cookiesOf(url).keys()].filter((name) => name.startsWith('login_'))).toHaveLength(10);
  });

  it('belong to one host for good in production, where the prefix says so', async () => {
    const bridge = await startProduction();
    try {
      const answer = await loginInProduction(bridge, {});
      const page = await loginInProduction(bridge, { cookie: 'lti_probe=1' });
      const returning = await loginInProduction(bridge, { cookie: '__Host-lti_probe=1' });
      expect([answer.status, page.status, returning.status]).toEqual([200, 200, 302]);
      for (const line of returning.headers.getSetCookie()) {
        expect(line).toMatch(/^__Host-(login|lti_probe)/);
        expect(attributesOf(line)).toEqual(expect.arrayContaining(['path=/', 'secure', 'samesite=none']));
      }
      expect(returning.headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
      expect(page.headers.get('content-security-policy')).toMatch(/frame-ancestors https:(;|$)/);
    } finally {
      await bridge.stop();
    }
  });
});

/** A bridge that believes to be reached by https under a public name. */
async function startProduction(): Promise<TestBridge> {
  const bridge = await startBridge({
    PUBLIC_URL: 'https://bridge.example',
    HOST: '127.0.0.1',
    SECRET_KEY: randomBytes(32).toString('hex'),
    ADMIN_TOKEN: randomBytes(32).toString('hex'),
  });
  const { applications, platforms } = bridge.context;
  const { application } = await applications.create({
    name: 'Application',
    redirectUris: ['https://app.example/callback'],
    launchMode: 'code',
    tokenEndpointAuthMethod: 'client_secret_post',
    idTokenSignedResponseAlg: 'RS256',
  } as Parameters<typeof applications.create>[0]);
  const {
    id: _id,
    createdAt: _created,
    updatedAt: _updated,
    ...settings
  } = (await world.bridge.context.platforms.find(world.platformId))!;
  await platforms.create({
    ...settings,
    issuer: 'https://lms.example',
    authorizationEndpoint: 'https://lms.example/auth',
    jwksUri: 'https://lms.example/keys',
    applicationId: application.id,
  });
  return bridge;
}

function loginInProduction(bridge: TestBridge, headers: Record<string, string>): Promise<Page> {
  return sendAsWritten(bridge.context.config.port, 'POST', '/lti/login', {
    headers: { ...asForm, host: 'bridge.example', ...headers },
    body: encode(parameters({ iss: 'https://lms.example' })),
  });
}

describe('the page of a new browser', () => {
  it('carries the same request, the secret of its cookie, and where to look for storage', async () => {
    const answer = await login(parameters({ lti_storage_target: '_parent' }), { isNew: true });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const destination = unescapeHtml(
      /<meta http-equiv="refresh" content="0;url=([^"]*)"/.exec(answer.text)![1]!,
    );
    const { state } = Object.fromEntries(new URL(destination).searchParams);
    expect(answer.text).toContain(`data-key="login_${state!.slice(0, 12)}"`);
    const secret = /data-secret="([^"]*)"/.exec(answer.text)![1]!;
    expect(answer.headers.getSetCookie().filter((line) => line.includes(`=${secret};`))).toHaveLength(2);
    expect(answer.text).toContain('data-storage-target="_parent"');
    expect(answer.text).toContain(`data-storage-origin="${world.platform.origin}"`);
  });

  it('asks no storage that the platform did not name', async () => {
    expect((await login(parameters(), { isNew: true })).text).not.toContain('data-storage');
  });

  it('may be framed by the LMS, by fewer where the platform says so', async () => {
    const anywhere = await login(parameters(), { isNew: true });
    expect(anywhere.headers.get('content-security-policy')).toContain('frame-ancestors https: http:');
    expect(anywhere.headers.get('x-frame-options')).toBeNull();
    expect(anywhere.headers.get('referrer-policy')).toBe('strict-origin');

    await world.bridge.admin('PATCH', `platforms/${world.platformId}`, {
      frame_origins: ['https://school.example'],
    });
    const narrowed = await login(parameters(), { isNew: true });
    await world.bridge.admin('PATCH', `platforms/${world.platformId}`, { frame_origins: [] });
    expect(narrowed.headers.get('content-security-policy')).toMatch(
      /frame-ancestors https:\/\/school\.example(;|$)/,
    );
  });
});

describe('too many logins', () => {
  it('from one address are told to wait, and only from that one', async () => {
    const small = await startWorld({ environment: { RATE_LIMIT_LOGINS: '5', TRUST_PROXY: '1' } });
    try {
      const own = Number(new URL(small.bridge.url).port);
      const from = (address: string, method: 'GET' | 'POST' = 'POST') => {
        const body = encode({
          ...small.platform.platform.startLogin({} as never),
          login_hint: 'x',
          target_link_uri: 'y',
        });
        const headers = { ...asForm, cookie: 'lti_probe=1', 'x-forwarded-for': address };
        return method === 'POST'
          ? sendAsWritten(own, 'POST', '/lti/login', { headers, body })
          : sendAsWritten(own, 'GET', `/lti/login?${body}`, { headers });
      };
      for (let i = 0; i < 5; i += 1) expect((await from('192.0.2.1')).status).toBe(302);
      for (const method of ['GET', 'POST'] as const) {
        const refused = await from('192.0.2.1', method);
        expect([refused.status, refusalOf(refused)]).toEqual([429, 'rate_limited']);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
        expect(refused.location).toBeUndefined();
      }
      // What stands further left in the header was written by the caller.
      expect((await from('192.0.2.99, 192.0.2.1')).status).toBe(429);
      expect((await from('192.0.2.1, 192.0.2.2')).status).toBe(302);
    } finally {
      await small.stop();
    }
  });

  it('count also when they name nobody', async () => {
    const small = await startWorld({ environment: { RATE_LIMIT_LOGINS: '3' } });
    try {
      const own = Number(new URL(small.bridge.url).port);
      const statuses = [];
      for (let i = 0; i < 5; i += 1) statuses.push((await sendAsWritten(own, 'GET', '/lti/login')).status);
      expect(statuses).toEqual([400, 400, 400, 429, 429]);
    } finally {
      await small.stop();
    }
  });
});
