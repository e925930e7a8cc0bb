/** What a whole day's work leaves in the log, in the metrics and on error pages: ids and codes, nothing of anybody. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  basic,
  bearer,
  introspect,
  profile,
  revoke,
  send,
  sendRaw,
  userinfo,
  type Tokens,
} from '../support/requests.js';
import {
  beginLogin,
  codeOf,
  exchange,
  launch,
  refresh,
  requestToken,
  resourceLaunch,
  selectLaunch,
  startWorld,
  type World,
} from '../support/world.js';

/** Values of people and courses; none of them may be seen again. */
const canaries = {
  sub: 'canary-user-7731',
  name: 'Canary Fullname-7732',
  givenName: 'Canarygiven7733',
  familyName: 'Canaryfamily7734',
  email: 'canary7735@school.example',
  sourcedId: 'canary-sis-7736',
  picture: 'https://lms.example/canary7737.png',
  course: 'Canary Course 7738',
  link: 'Canary Link 7739',
  custom: 'canary-custom-7740',
  returnUrl: 'https://lms.example/canary7741',
  state: 'canary-state-7742',
  wrongSecret: 'canary-wrong-secret-7743',
  wrongToken: 'canary-wrong-token-7744',
  hint: 'canary-hint-7745',
  query: 'canary-query-7746',
  errorDescription: 'canary-description-7747',
  applicationName: 'Canary Application 7748',
};

let world: World;
const secrets: Record<string, string> = {};
const pages: string[] = [];

beforeAll(async () => {
  world = await startWorld({ environment: { LOG_LEVEL: 'debug' } });
  const { bridge, application } = world;
  secrets.adminToken = bridge.context.config.adminToken;
  secrets.secret = application.secret;

  const draft = resourceLaunch({
    person: {
      id: canaries.sub,
      name: canaries.name,
      givenName: canaries.givenName,
      familyName: canaries.familyName,
      email: canaries.email,
      sourcedId: canaries.sourcedId,
      picture: canaries.picture,
    },
    context: { id: 'course-canary', title: canaries.course, label: canaries.course },
    resourceLink: { id: 'link-canary', title: canaries.link },
    custom: { value: canaries.custom },
    presentation: { returnUrl: canaries.returnUrl },
  });

  // What goes well.
  secrets.code = codeOf(await launch(world, draft));
  const tokens = (await exchange(world, secrets.code, { path: '/api/authentication/token', json: true })).body
    .$data as Tokens;
  secrets.accessToken = tokens.access_token;
  secrets.refreshToken = tokens.refresh_token;
  const again = (await refresh(world, tokens.refresh_token)).body as Tokens;
  secrets.secondAccessToken = again.access_token;
  secrets.idToken = again.id_token;
  await profile(world, again.access_token);
  await userinfo(world, again.access_token);
  await introspect(world, again.access_token);
  await launch(world, selectLaunch({ person: draft.person }));

  // What goes wrong, with values of its own.
  await exchange(world, secrets.code);
  await exchange(world, 'x', { secret: canaries.wrongSecret });
  await requestToken(world, { grant_type: 'refresh_token', refresh_token: canaries.wrongToken });
  await requestToken(world, { grant_type: canaries.query, [canaries.query]: canaries.query });
  await send(world, 'POST', '/oauth/token', {
    headers: { ...basic(canaries.query, canaries.wrongSecret), 'content-type': 'application/json' },
    body: `{"code":"${canaries.wrongToken}"`,
  });
  await profile(world, canaries.wrongToken);
  await userinfo(world, canaries.wrongToken);
  await send(world, 'GET', `/admin/api/applications?x=${canaries.query}`, { headers: bearer(canaries.wrongToken) });
  await send(world, 'GET', `/${canaries.query}?${canaries.query}=${canaries.query}`);
  await send(world, 'GET', `/oauth/authorize?client_id=${canaries.query}&state=${canaries.state}`);
  await send(
    world,
    'GET',
    `/oauth/authorize?client_id=${application.id}&response_type=code&scope=openid&login_hint=${canaries.hint}&state=${canaries.state}&redirect_uri=https://${canaries.query}.example`,
  );
  const { page } = await beginLogin(world, {
    iss: `https://${canaries.query}.example`,
    login_hint: canaries.hint,
    lti_message_hint: canaries.hint,
    target_link_uri: `https://tool.example/${canaries.query}`,
  });
  pages.push(page.text);
  for (const claims of [
    { aud: canaries.query },
    { nonce: canaries.query },
    { iss: `https://${canaries.query}.example` },
    { 'https://purl.imsglobal.org/spec/lti/claim/version': canaries.query },
    { 'https://purl.imsglobal.org/spec/lti/claim/message_type': canaries.query },
    { 'https://purl.imsglobal.org/spec/lti/claim/roles': canaries.query },
    { 'https://purl.imsglobal.org/spec/lti/claim/resource_link': { id: '', title: canaries.link } },
    { sub: '' },
    { exp: 1 },
  ]) {
    pages.push((await launch(world, draft, { claims })).text);
  }
  pages.push((await launch(world, draft, { token: (signed) => `${signed.slice(0, -8)}AAAAAAAA` })).text);
  pages.push((await launch(world, draft, { fields: () => ({ state: canaries.state, id_token: 'x.y.z' }) })).text);
  const signed = await launch(world, draft, {
    fields: (fields) => {
      secrets.loginState = fields.state!;
      secrets.platformIdToken = fields.id_token!;
      return { ...fields, id_token: fields.id_token! };
    },
  });
  secrets.otherCode = codeOf(signed);

  // What operators do.
  const made = await bridge.admin('POST', 'applications', {
    name: canaries.applicationName,
    redirect_uris: [`https://app.example/${canaries.query}`],
  });
  secrets.madeSecret = made.body.client_secret;
  secrets.rotatedSecret = (await bridge.admin('POST', `applications/${made.body.id}/secrets`, {})).body.client_secret;
  await bridge.admin('POST', 'applications', { name: canaries.applicationName, redirect_uris: [canaries.query] });
  await bridge.admin('GET', 'launches?state=refused');
  await bridge.admin('DELETE', `applications/${made.body.id}`);
  await revoke(world, tokens.refresh_token);
});
afterAll(() => world.stop());

const expectNone = (text: string, values: Record<string, string>) => {
  for (const [name, value] of Object.entries(values)) {
    expect(value.length).toBeGreaterThan(8);
    for (const written of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])
      expect([name, text.includes(written)]).toEqual([name, false]);
  }
};

describe('the log', () => {
  it('has a line for each request, with what one needs to find it again', () => {
    expect(world.bridge.logLines.length).toBeGreaterThan(50);
    const lines = world.bridge.logLines.map((line) => JSON.parse(line));
    const requests = lines.filter(({ event }) => event === 'request');
    expect(requests.length).toBeGreaterThan(40);
    for (const line of requests) {
      expect(line).toEqual({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        event: 'request',
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: expect.any(String),
        route: expect.stringMatching(/^(none|\/[\w/:.-]*)$/),
        status: expect.any(Number),
        duration_ms: expect.any(Number),
      });
    }
    expect(new Set(requests.map(({ request_id }) => request_id)).size).toBe(requests.length);
  });

  it('names what was refused by its code and a reference', () => {
    const refused = world.bridge.logLines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'refused');
    expect(new Set(refused.map(({ code }) => code)).size).toBeGreaterThan(5);
    for (const line of refused) {
      expect(line.reference).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      expect(line.request_id).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('has no secret, no token and no code in it', () => {
    expectNone(world.bridge.logLines.join('\n'), secrets);
  });

  it('has no name, no address and nothing that a caller wrote in it', () => {
    expectNone(world.bridge.logLines.join('\n'), canaries);
  });

  it('has no fault of ours in it', () => {
    expect(world.bridge.logLines.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
  });
});

describe('the metrics', () => {
  it('have none of it either', async () => {
    const { text } = await sendRaw(world, 'GET', '/metrics');
    expect(text).toContain('bridge_launches_total');
    expectNone(text, secrets);
    expectNone(text, canaries);
    expect(text).not.toContain(world.application.id);
  });
});

describe('the pages of refusals', () => {
  it('have none of it either', () => {
    expect(pages.length).toBeGreaterThan(10);
    for (const page of pages) {
      expectNone(page, secrets);
      // The way back to the course is a link that a verified message told.
      const { returnUrl: _, ...others } = canaries;
      expectNone(page, others);
    }
  });
});
