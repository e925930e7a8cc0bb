/** What the teacher picks becomes a content item, and comes back with every student who opens it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClock } from '../support/bridge.js';
import { TestBrowser } from '../support/browser.js';
import { listenerOf, sendSelection, verifyResponse, type Listener } from '../support/deep-linking.js';
import {
  codeOf,
  createApplication,
  connect,
  exchange,
  launch,
  refusalOf,
  resourceLaunch,
  selectLaunch,
  startWorld,
  type World,
} from '../support/world.js';
import type { DeepLinkingSettings, MessageDraft } from '../../server/sandbox/lms/message.js';

const claim = 'https://purl.imsglobal.org/spec/lti/claim/';
const dl = 'https://purl.imsglobal.org/spec/lti-dl/claim/';

/** As Edlink's guide shows it, with its fractions of four digits and a due date before the start date. */
const edlinkSample = {
  type: 'lti',
  title: 'Title of Your Attachment',
  thumbnail: 'https://app.example/thumbnail.png',
  custom: { my_custom_property_1: 'my_custom_value_1' },
  external_id: '000000000000',
  display_date: '2024-09-01T07:00:00.0000Z',
  end_date: '2024-09-30T07:00:00.0000Z',
  start_date: '2024-09-05T07:00:00.0000Z',
  due_date: '2024-09-04T17:00:00.0000Z',
};

let world: World;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock();
  world = await startWorld({ overrides: { now: clock.now } });
});
afterAll(() => world.stop());

const accepting = (settings: Partial<DeepLinkingSettings>): Partial<MessageDraft> => ({
  deepLinking: { ...selectLaunch().deepLinking!, ...settings },
});

async function openListener(changes: Partial<MessageDraft> = {}): Promise<Listener> {
  return listenerOf(await launch(world, selectLaunch(changes)));
}

const verify = (jwt: string) =>
  verifyResponse(world.bridge, jwt, {
    issuer: world.platform.platform.clientId,
    audience: world.platform.platform.issuer,
    now: clock.now(),
  });

async function select(message: unknown, changes: Partial<MessageDraft> = {}) {
  const { status, body } = await sendSelection(world.bridge, await openListener(changes), message);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return { ...(await verify(body.jwt)), returnUrl: body.return_url as string };
}

async function refusalFor(message: unknown, changes: Partial<MessageDraft> = {}) {
  const { status, body } = await sendSelection(world.bridge, await openListener(changes), message);
  return { status, type: body.type, code: body.code, field: body.field };
}

describe('the page of a selection launch', () => {
  it('frames the application where a launch would go, and listens to its origins alone', async () => {
    const page = await launch(world, selectLaunch());
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(codeOf(page)).toMatch(/^[\w-]{43}$/);
    expect(listenerOf(page).origins).toEqual(['http://localhost:9']);
    expect(page.text).not.toMatch(/<iframe[^>]*\ssandbox/);
    expect(page.text).toContain(
      'allow="fullscreen; clipboard-write; microphone; camera; autoplay; storage-access"',
    );
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain('frame-src https: http:');
    expect(policy).not.toContain('form-action');
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('x-frame-options')).toBeNull();
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
  });

  it('gives the application a context that says where to post', async () => {
    const { body } = await exchange(world, codeOf(await launch(world, selectLaunch())));
    expect(body.context.intent).toBe('select');
    expect(body.context.lti.deep_linking.message_origin).toBe(world.bridge.url);
    expect(JSON.stringify(body.context)).not.toContain('opaque');
  });

  it('listens to the origins that the operator names for an application', async () => {
    const application = await createApplication(world.bridge, {
      message_origins: ['https://picker.example'],
    });
    const platformId = await connect(world.bridge, world.platform, application, { allow_duplicate: true });
    const browser = new TestBrowser();
    const parameters = world.platform.platform.startLogin(selectLaunch());
    const login = await browser.post(`${world.bridge.url}/lti/login/${platformId}`, parameters);
    const { fields } = await world.platform.platform.authorize(
      Object.fromEntries(new URL(login.location!).searchParams),
    );
    const page = await browser.post(`${world.bridge.url}/lti/launch`, fields);
    expect(listenerOf(page).origins).toEqual(['https://picker.example']);
    await world.bridge.admin('DELETE', `platforms/${platformId}`);
  });
});

describe('the signed response', () => {
  it('says all that an LMS wants to know, and is good for five minutes', async () => {
    const { header, claims, returnUrl } = await select({ type: 'lti', title: 'Fractions' });
    expect(returnUrl).toBe('http://127.0.0.1:9/return?x=1');
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
    expect(claims).toMatchObject({
      iss: 'test-client',
      sub: 'test-client',
      aud: world.platform.platform.issuer,
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      [`${claim}message_type`]: 'LtiDeepLinkingResponse',
      [`${claim}version`]: '1.3.0',
      [`${claim}deployment_id`]: 'test-deployment',
      [`${dl}data`]: 'opaque',
    });
    expect(claims.exp! - claims.iat!).toBe(300);
    expect(claims).not.toHaveProperty('azp');
  });

  it.each([
    ['an empty one', ''],
    ['any characters', '"quoted" & <ünïcode> \n'],
  ])('gives data back unchanged: %s', async (_kind, data) => {
    const { claims } = await select({ type: 'lti' }, accepting({ data }));
    expect(claims[`${dl}data`]).toBe(data);
  });

  it('has no data where the request had none', async () => {
    const { claims } = await select({ type: 'lti' }, accepting({ data: undefined }));
    expect(claims).not.toHaveProperty(`${dl}data`);
  });
});

describe('a link to the application', () => {
  it("maps every field of Edlink's own sample", async () => {
    const { items } = await select(edlinkSample);
    const selection = items[0].custom.bridge_selection;
    expect(items).toEqual([
      {
        type: 'ltiResourceLink',
        url: `${world.bridge.url}/lti/launch?selection=${selection}`,
        title: 'Title of Your Attachment',
        thumbnail: { url: 'https://app.example/thumbnail.png' },
        custom: { my_custom_property_1: 'my_custom_value_1', bridge_selection: selection },
        lineItem: { label: 'Title of Your Attachment', scoreMaximum: 100, resourceId: '000000000000' },
        available: { startDateTime: '2024-09-01T07:00:00.000Z', endDateTime: '2024-09-30T07:00:00.000Z' },
        submission: { startDateTime: '2024-09-05T07:00:00.000Z', endDateTime: '2024-09-04T17:00:00.000Z' },
      },
    ]);
  });

  it('maps the extensions', async () => {
    const { items } = await select({
      type: 'lti',
      title: 'Quiz',
      description: 'Ten questions',
      url: 'https://app.example/quiz/1',
      icon: 'https://app.example/icon.png',
      tag: 'week-1',
      points_possible: '12.5',
      submission_review: { reviewableStatus: ['Completed'] },
    });
    expect(items[0]).toMatchObject({
      url: expect.stringMatching(/\/lti\/launch\?selection=/),
      text: 'Ten questions',
      icon: { url: 'https://app.example/icon.png' },
      lineItem: {
        label: 'Quiz',
        scoreMaximum: 12.5,
        tag: 'week-1',
        submissionReview: { reviewableStatus: ['Completed'] },
      },
    });
  });

  it('takes its title from the request, else from the application, when it has none', async () => {
    const asked = await select({ type: 'lti' }, accepting({ title: 'Asked for' }));
    expect(asked.items[0]).toMatchObject({ title: 'Asked for', lineItem: { label: 'Asked for' } });
    const own = await select({ type: 'lti' }, accepting({ title: undefined }));
    expect(own.items[0].title).toBe('Test application');
  });

  it('is not graded when points_possible is null, or the LMS takes no line items', async () => {
    const ungraded = await select({ type: 'lti', points_possible: null });
    expect(ungraded.items[0]).not.toHaveProperty('lineItem');
    const untaken = await select({ type: 'lti', points_possible: 5 }, accepting({ accept_lineitem: false }));
    expect(untaken.items[0]).not.toHaveProperty('lineItem');
  });

  it('opens with as much as it may carry', async () => {
    const custom = Object.fromEntries(
      Array.from({ length: 5 }, (_, index) => [`n${index}`, 'x'.repeat(4_096)]),
    );
    const { items } = await select({ type: 'lti', custom });
    const page = await launch(
      world,
      resourceLaunch({ custom: items[0].custom, targetLinkUri: items[0].url }),
    );
    const { body } = await exchange(world, codeOf(page));
    expect(body.context).toMatchObject({ intent: 'assignment', custom });
  });

  it('has its title on one line', async () => {
    const { items } = await select({ type: 'lti', title: ' Two\r\nlines\t here ' });
    expect(items[0]).toMatchObject({ title: 'Two lines here', lineItem: { label: 'Two lines here' } });
  });

  it('sends custom values that are no texts as JSON', async () => {
    const { items } = await select({
      type: 'lti',
      custom: { n: 1, flag: true, list: [1, 'a'], deep: { a: null }, text: 'x' },
    });
    expect(items[0].custom).toMatchObject({
      n: '1',
      flag: 'true',
      list: '[1,"a"]',
      deep: '{"a":null}',
      text: 'x',
    });
  });

  it.each([
    ['without fraction', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['with nine digits', '2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123Z'],
    ['in another zone', '2026-01-02T03:04:05.5+02:00', '2026-01-02T01:04:05.500Z'],
    ['without seconds', '2026-01-02T03:04Z', '2026-01-02T03:04:00.000Z'],
  ])('reads dates %s', async (_kind, sent, meant) => {
    const { items } = await select({ type: 'lti', due_date: sent });
    expect(items[0].submission).toEqual({ endDateTime: meant });
  });
});

describe('content of other types', () => {
  const everything = accepting({
    accept_types: ['ltiResourceLink', 'link', 'file', 'html', 'image'],
    accept_media_types: 'image/*,text/html',
    accept_multiple: true,
    accept_presentation_document_targets: ['iframe', 'window'],
  });

  it('is passed on as data, several at once', async () => {
    const items = [
      { item: { type: 'link', url: 'https://x.example/', title: 'A page', embed: undefined, unknown: 1 } },
      {
        item: {
          type: 'file',
          url: 'https://x.example/a.png',
          mediaType: 'image/png',
          expiresAt: '2030-01-01T00:00:00Z',
        },
      },
      { item: { type: 'html', html: '<script>alert(1)</script>' } },
      {
        item: { type: 'image', url: 'https://x.example/b.png', width: 10, 'https://vendor.example/x': true },
      },
      { title: 'Ours' },
    ];
    const answered = await select({ type: 'lti', items }, everything);
    expect(answered.items.slice(0, 4)).toEqual([
      { type: 'link', url: 'https://x.example/', title: 'A page' },
      items[1]!.item,
      items[2]!.item,
      items[3]!.item,
    ]);
    expect(answered.items[4]).toMatchObject({ type: 'ltiResourceLink', title: 'Ours' });
  });

  it.each([
    [
      'an item of a type that was not asked for',
      { item: { type: 'file', url: 'https://x.example' } },
      {},
      'item.type',
    ],
    ['a link back where only web links are taken', { title: 'x' }, { accept_types: ['link'] }, 'item.type'],
    ['several where one is taken', { items: [{ title: 'a' }, { title: 'b' }] }, {}, 'items'],
    [
      'several where nothing is said',
      { items: [{ title: 'a' }, { title: 'b' }] },
      { accept_multiple: undefined },
      'items',
    ],
    [
      'a media type that is not taken',
      { item: { type: 'file', url: 'https://x.example', mediaType: 'video/mp4' } },
      everything.deepLinking!,
      'item.mediaType',
    ],
    [
      'a presentation that is not taken',
      { item: { type: 'link', url: 'https://x.example', embed: { html: 'x' } } },
      everything.deepLinking!,
      'item.embed',
    ],
  ])('is refused before anything is signed: %s', async (_kind, message, settings, field) => {
    expect(await refusalFor({ type: 'lti', ...message }, accepting(settings as never))).toEqual({
      status: 422,
      type: 'lti.error',
      code: 'dl_type_not_accepted',
      field,
    });
  });
});

describe('a message that cannot be used', () => {
  it.each([
    ['no object', 'text', null],
    ['a list', [], null],
    ['another type', { type: 'lto' }, 'type'],
    ['no type', { title: 'x' }, 'type'],
    ['a title that is no text', { type: 'lti', title: 5 }, 'title'],
    ['a title without end', { type: 'lti', title: 'x'.repeat(1_001) }, 'title'],
    ['a script as thumbnail', { type: 'lti', thumbnail: 'javascript:alert(1)' }, 'thumbnail'],
    ['data as thumbnail', { type: 'lti', thumbnail: 'data:image/png;base64,xx' }, 'thumbnail'],
    ['userinfo in an address', { type: 'lti', icon: 'https://a:b@x.example/' }, 'icon'],
    ['custom as a list', { type: 'lti', custom: [] }, 'custom'],
    [
      'a custom value that no launch would bring back',
      { type: 'lti', custom: { long: 'x'.repeat(4_097) } },
      'custom.long',
    ],
    [
      'more custom values than a launch may bring, ours included',
      {
        type: 'lti',
        custom: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`n${index}`, 'x'])),
      },
      'custom',
    ],
    ['our own parameter', { type: 'lti', custom: { Bridge_Selection: 'x' } }, 'custom.Bridge_Selection'],
    ['zero points', { type: 'lti', points_possible: 0 }, 'points_possible'],
    ['points that are no number', { type: 'lti', points_possible: 'many' }, 'points_possible'],
    ['a date without a zone', { type: 'lti', due_date: '2026-01-02T03:04:05' }, 'due_date'],
    ['a date that is none', { type: 'lti', start_date: '2026-13-45T99:00:00Z' }, 'start_date'],
    ['a number as date', { type: 'lti', end_date: 1_700_000_000 }, 'end_date'],
    ['no items', { type: 'lti', items: [] }, 'items'],
    ['an item that is no object', { type: 'lti', items: [{}, 'x'] }, 'items.1'],
    ['an item with a broken field', { type: 'lti', items: [{ title: 'a' }, { title: {} }] }, 'items.1.title'],
    ['a foreign item without its address', { type: 'lti', item: { type: 'link' } }, 'item.url'],
    [
      'a foreign item with a script as address',
      { type: 'lti', item: { type: 'link', url: 'javascript:1' } },
      'item.url',
    ],
    ['an unknown item', { type: 'lti', item: { type: 'spaceship' } }, 'item.type'],
  ])('is refused with its field: %s', async (_kind, message, field) => {
    const answer = await refusalFor(message, accepting({ accept_multiple: true }));
    expect(answer).toEqual({ status: 422, type: 'lti.error', code: 'dl_payload_invalid', field });
  });

  it.each([
    ['more than 256 kB', { type: 'lti', custom: { a: 'x'.repeat(256 * 1024) } }],
    ['more than 100 items', { type: 'lti', items: Array.from({ length: 101 }, () => ({ title: 'x' })) }],
    ['megabytes', { type: 'lti', custom: { a: 'x'.repeat(3_000_000) } }],
  ])('is refused for its size: %s', async (_kind, message) => {
    expect(await refusalFor(message, accepting({ accept_multiple: true }))).toMatchObject({
      status: 413,
      code: 'dl_payload_too_large',
    });
  });

  it('leaves the session open: the next one is taken', async () => {
    const listener = await openListener();
    expect((await sendSelection(world.bridge, listener, { type: 'lti', points_possible: -1 })).status).toBe(
      422,
    );
    expect((await sendSelection(world.bridge, listener, { type: 'lti', points_possible: 1 })).status).toBe(
      200,
    );
  });

  it('takes names that mean something to JavaScript as plain names, but for __proto__, which it refuses', async () => {
    const message = JSON.parse('{"type":"lti","custom":{"constructor":"b","toString":"c"}}');
    const { items } = await select(message);
    expect(items[0].custom).toMatchObject({ constructor: 'b', toString: 'c' });
    const poisoned = JSON.parse('{"type":"lti","custom":{"__proto__":"a"}}');
    expect(await refusalFor(poisoned)).toMatchObject({ status: 400, code: 'dl_payload_invalid' });
  });
});

describe('a session', () => {
  it('gives the same message the same answer, and no other message any', async () => {
    const listener = await openListener();
    const first = await sendSelection(world.bridge, listener, { type: 'lti', title: 'A' });
    const again = await sendSelection(world.bridge, listener, { type: 'lti', title: 'A' });
    expect(again.body).toEqual(first.body);
    const other = await sendSelection(world.bridge, listener, { type: 'lti', title: 'B' });
    expect(other).toMatchObject({ status: 409, body: { code: 'dl_session_consumed' } });
    clock.advance(301);
    const late = await sendSelection(world.bridge, listener, { type: 'lti', title: 'A' });
    expect(late).toMatchObject({ status: 409, body: { code: 'dl_session_consumed' } });
  });

  it('answers a hundred selections at once with one response and one selection', async () => {
    const before = Number((await world.bridge.context.database.knex('selections').count({ n: '*' }))[0]!.n);
    const listener = await openListener();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        sendSelection(world.bridge, listener, { type: 'lti', title: `T${index % 10}` }),
      ),
    );
    const given = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.jwt));
    expect(given.size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const after = Number((await world.bridge.context.database.knex('selections').count({ n: '*' }))[0]!.n);
    expect(after - before).toBe(1);
  });

  it('ends after four hours', async () => {
    const listener = await openListener();
    clock.advance(4 * 3_600 + 1);
    expect(await sendSelection(world.bridge, listener, { type: 'lti' })).toMatchObject({
      status: 410,
      body: { code: 'dl_session_expired' },
    });
  });

  it('needs its token, its launch and our own page', async () => {
    const listener = await openListener();
    const other = await openListener();
    const send = (changes: object, headers = {}) =>
      sendSelection(world.bridge, { ...listener, ...changes }, { type: 'lti' }, headers);
    expect(await send({ token: other.token })).toMatchObject({
      status: 404,
      body: { code: 'dl_session_unknown' },
    });
    expect(await send({ token: '' })).toMatchObject({ body: { code: 'dl_session_unknown' } });
    expect(await send({ address: '/lti/deep-link/nonsense' })).toMatchObject({
      body: { code: 'dl_session_unknown' },
    });
    expect(await send({}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
      body: { code: 'dl_origin_not_allowed' },
    });
    expect(await send({}, { origin: 'null' })).toMatchObject({ body: { code: 'dl_origin_not_allowed' } });
    expect(await send({}, { 'sec-fetch-site': 'same-site' })).toMatchObject({
      body: { code: 'dl_origin_not_allowed' },
    });
    expect((await send({})).status).toBe(200);
  });

  it('is no use once its platform is suspended', async () => {
    const listener = await openListener();
    await world.bridge.admin('POST', `platforms/${world.platformId}/suspend`);
    expect(await sendSelection(world.bridge, listener, { type: 'lti' })).toMatchObject({
      body: { code: 'dl_session_unknown' },
    });
    await world.bridge.admin('POST', `platforms/${world.platformId}/activate`);
  });

  it('ends with nothing when the teacher cancels', async () => {
    const { items, claims } = await select({ type: 'lti', cancel: true, title: 'ignored' });
    expect(items).toEqual([]);
    expect(claims[`${dl}data`]).toBe('opaque');
  });

  it('keeps its token as a hash', async () => {
    const { token } = await openListener();
    expect(JSON.stringify(await world.bridge.context.database.knex('launches'))).not.toContain(token);
  });
});

describe('the assignment launch', () => {
  const student = { id: 'student-7', name: 'Sam Sample' };

  async function contextFor(changes: Partial<MessageDraft>) {
    const page = await launch(world, resourceLaunch({ person: student, ...changes }));
    return (await exchange(world, codeOf(page))).body.context;
  }

  it('brings the payload back, byte for byte, with unknown keys', async () => {
    const message = { ...edlinkSample, anything: { nested: [1, null, 'ü'] }, numbers: [0.1, 1e21] };
    const { items } = await select(message);
    const context = await contextFor({ custom: items[0].custom, targetLinkUri: items[0].url });
    expect(context.intent).toBe('assignment');
    expect(JSON.stringify(context.payload)).toBe(JSON.stringify(message));
    expect(context.custom).toEqual({ my_custom_property_1: 'my_custom_value_1' });
  });

  it.each([
    ['the LMS drops custom parameters', (item: any) => ({ custom: undefined, targetLinkUri: item.url })],
    [
      'the LMS drops the query of the address',
      (item: any) => ({ custom: item.custom, targetLinkUri: item.url.split('?')[0] }),
    ],
    [
      'the course was copied',
      (item: any) => ({
        custom: item.custom,
        targetLinkUri: item.url,
        context: { id: 'copy', title: 'Copy' },
        resourceLink: { id: 'copied-link' },
      }),
    ],
    [
      'the LMS sends custom names in other letters but keeps the address',
      (item: any) => ({ custom: { BRIDGE_SELECTION: 'x' }, targetLinkUri: item.url }),
    ],
  ])('brings it back when %s', async (_kind, changes) => {
    const { items } = await select({ type: 'lti', title: 'Kept', secret_id: 42 });
    const context = await contextFor(changes(items[0]));
    expect(context).toMatchObject({
      intent: 'assignment',
      payload: { type: 'lti', title: 'Kept', secret_id: 42 },
    });
  });

  it('brings back what each of several items said', async () => {
    const { items } = await select(
      {
        type: 'lti',
        items: [
          { title: 'One', n: 1 },
          { title: 'Two', n: 2 },
        ],
      },
      accepting({ accept_multiple: true }),
    );
    expect(items[0].custom.bridge_selection).not.toBe(items[1].custom.bridge_selection);
    const second = await contextFor({
      custom: items[1].custom,
      targetLinkUri: items[1].url,
      resourceLink: { id: 'two' },
    });
    expect(second.payload).toEqual({ title: 'Two', n: 2 });
  });

  it('brings it back to who reviews a submission', async () => {
    const { items } = await select({ type: 'lti', title: 'Reviewed' });
    const context = await contextFor({
      messageType: 'LtiSubmissionReviewRequest',
      custom: items[0].custom,
      forUser: { id: 'student-7' },
      lineItem: 'https://lms.example/items/9',
    });
    expect(context).toMatchObject({
      intent: 'submission',
      payload: { title: 'Reviewed' },
      lti: { for_user: { user_id: 'student-7' } },
    });
  });

  it('shows nobody the selection of another application', async () => {
    const { items } = await select({ type: 'lti', title: 'Private' });
    const stranger = await createApplication(world.bridge);
    const platformId = await connect(world.bridge, world.platform, stranger, { allow_duplicate: true });
    const browser = new TestBrowser();
    const draft = resourceLaunch({ custom: items[0].custom, targetLinkUri: items[0].url });
    const login = await browser.post(
      `${world.bridge.url}/lti/login/${platformId}`,
      world.platform.platform.startLogin(draft),
    );
    const { fields } = await world.platform.platform.authorize(
      Object.fromEntries(new URL(login.location!).searchParams),
    );
    const page = await browser.post(`${world.bridge.url}/lti/launch`, fields);
    const { body } = await exchange({ bridge: world.bridge, application: stranger }, codeOf(page));
    expect(body.context).toMatchObject({ intent: 'class', payload: null });
    await world.bridge.admin('DELETE', `platforms/${platformId}`);
  });
});

describe('a deep-linking request that cannot be answered', () => {
  it.each([
    ['no settings', { [`${dl}deep_linking_settings`]: undefined }, 'launch_claim_missing'],
    ['no return URL', { [`${dl}deep_linking_settings`]: { accept_types: ['link'] } }, 'launch_claim_missing'],
    [
      'no accept_types',
      { [`${dl}deep_linking_settings`]: { deep_link_return_url: 'https://lms.example/r' } },
      'launch_claim_missing',
    ],
    [
      'a script as return URL',
      { [`${dl}deep_linking_settings`]: { deep_link_return_url: 'javascript:1', accept_types: [] } },
      'dl_return_url_invalid',
    ],
    [
      'userinfo in the return URL',
      {
        [`${dl}deep_linking_settings`]: {
          deep_link_return_url: 'https://a:b@lms.example/',
          accept_types: [],
        },
      },
      'dl_return_url_invalid',
    ],
  ])('is refused at once: %s', async (_kind, claims, code) => {
    const page = await launch(world, selectLaunch(), { claims });
    expect([page.status, refusalOf(page)]).toEqual([400, code]);
  });
});
