/**
 * Who and what an application meets keeps its id, however the LMS is connected; what a launch is for is told by its
 * intent; and the context always has the same keys.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { generatePlatformKey, type PlatformKey } from '../../server/sandbox/lms/platform.js';
import { startPlatform, type TestPlatform, type TestPlatformOptions } from '../support/platform.js';
import { saveSelection } from '../support/selections.js';
import {
  codeOf,
  connect,
  createApplication,
  exchange,
  launch,
  refusalOf,
  resourceLaunch,
  selectLaunch,
  startWorld,
  type Forgery,
  type TestApplication,
  type World,
} from '../support/world.js';

/** Two things that happen one after the other happen in different seconds. */
const clock = { time: Date.now(), now: () => clock.time };

let world: World;
let keys: PlatformKey[];
const platforms: TestPlatform[] = [];

beforeAll(async () => {
  keys = [await generatePlatformKey()];
  world = await startWorld({ overrides: { now: clock.now }, platform: { keys } });
});
afterAll(async () => {
  await Promise.all(platforms.map((platform) => platform.close()));
  await world.stop();
});
beforeEach(() => {
  clock.time += 1_000;
});

interface Connection {
  platform?: Partial<TestPlatformOptions>;
  registration?: Record<string, unknown>;
  application?: TestApplication;
}

/** One more connection of an LMS, whose key set is served from `origin` if that is given. */
async function connected({
  platform = {},
  registration = {},
  application = world.application,
}: Connection = {}) {
  const lms = await startPlatform({
    toolLaunchUrl: `${world.bridge.url}/lti/launch`,
    now: clock.now,
    issuer: `https://lms-${randomUUID()}.example`,
    keys,
    ...platform,
  });
  platforms.push(lms);
  const platformId = await connect(world.bridge, lms, application, registration);
  return { ...world, platform: lms, platformId, application };
}

/** The same LMS, connected once more: its key set stays where it is. */
async function connectedAgain(of: World, { platform = {}, ...rest }: Connection = {}) {
  const { issuer, guid, jwksUri } = of.platform.platform;
  return connected({
    platform: { issuer, guid, ...platform },
    registration: { jwks_uri: jwksUri },
    application: of.application,
    ...rest,
  });
}

interface Opened {
  context: any;
  idToken: Record<string, unknown>;
  person: string;
  profile: any;
  class: string | null;
  assignment: string | null;
}

/** Launches, exchanges the code, and asks who it is. */
async function open(
  of: World,
  draft: MessageDraft = resourceLaunch(),
  forgery: Forgery = {},
): Promise<Opened> {
  clock.time += 1_000;
  const { status, body } = await exchange(of, codeOf(await launch(of, draft, forgery)));
  if (status !== 200) throw new Error(JSON.stringify(body));
  const response = await fetch(`${of.bridge.url}/api/v2/my/profile`, {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  const { $data: profile } = (await response.json()) as { $data: any };
  const idToken = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString('utf8'));
  expect(profile.id).toBe(idToken.sub);
  return {
    context: body.context,
    idToken,
    person: idToken.sub,
    profile,
    class: body.context.class?.id ?? null,
    assignment: body.context.assignment?.id ?? null,
  };
}

const ids = ({ person, class: klass, assignment }: Opened) => ({ person, class: klass, assignment });
const toolPlatform = 'https://purl.imsglobal.org/spec/lti/claim/tool_platform';
const item = (name: string) => `https://lms.example/items/${name}`;
const graded = (changes: Partial<MessageDraft> = {}) => resourceLaunch({ lineItem: item('1'), ...changes });

const uuid5 = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

describe('ids', () => {
  it('are the same for the same person, class and assignment, launch after launch', async () => {
    const lms = await connected();
    const first = await open(lms, graded());
    expect(ids(first)).toEqual({ person: uuid5, class: uuid5, assignment: uuid5 });
    expect(ids(await open(lms, graded()))).toEqual(ids(first));
    const other = await open(
      lms,
      graded({
        person: { id: 'user-2' },
        context: { id: 'course-2' },
        resourceLink: { id: 'link-2' },
        lineItem: item('2'),
      }),
    );
    for (const name of ['person', 'class', 'assignment'] as const) expect(other[name]).not.toBe(first[name]);
  });

  it('differ for a person, a class and a link that the LMS calls by one name', async () => {
    const lms = await connected();
    const same = await open(
      lms,
      graded({ person: { id: 'x' }, context: { id: 'x' }, resourceLink: { id: 'x' }, lineItem: 'x' }),
    );
    expect(new Set(Object.values(ids(same))).size).toBe(3);
  });

  it.each([
    ['the tool is removed and connected again', {}],
    ['the tool gets another client_id', { clientId: 'another-client' }],
    ['the tool is deployed once more', { deploymentId: 'another-deployment' }],
    ['both change', { clientId: 'another-client', deploymentId: 'another-deployment' }],
  ])('stay when %s, where the LMS tells its guid', async (_title, platform) => {
    const before = await connected({ platform: { guid: 'school-1' } });
    const first = await open(before, graded());
    await world.bridge.admin('DELETE', `platforms/${before.platformId}`);
    const after = await connectedAgain(before, { platform });
    expect(ids(await open(after, graded()))).toEqual(ids(first));
  });

  it('stay when the tool is connected twice at a time, by two client_ids', async () => {
    const first = await connected({ platform: { guid: 'school-1' } });
    const second = await connectedAgain(first, { platform: { clientId: 'another-client' } });
    expect(ids(await open(second, graded()))).toEqual(ids(await open(first, graded())));
  });

  it('are one for two deployments of a platform with a guid, two without', async () => {
    for (const guid of ['school-1', undefined]) {
      const lms = await connected({ platform: { guid } });
      const first = await open(lms, graded());
      const elsewhere = 'https://purl.imsglobal.org/spec/lti/claim/deployment_id';
      const second = await open(lms, graded(), {
        claims: { [elsewhere]: 'another-deployment' },
        loginParameters: { lti_deployment_id: 'another-deployment' },
      });
      for (const name of ['person', 'class', 'assignment'] as const)
        expect([guid, name, second[name] === first[name]]).toEqual([guid, name, guid !== undefined]);
    }
  });

  it('do not survive a removed tool where the LMS tells no guid: nobody could say whose ids they were', async () => {
    const before = await connected();
    const first = await open(before);
    await world.bridge.admin('DELETE', `platforms/${before.platformId}`);
    expect((await open(await connectedAgain(before))).person).not.toBe(first.person);
  });

  it('stay where they are when a guid appears later, changes or disappears', async () => {
    const lms = await connected();
    const told = (guid: unknown) => ({
      claims: { [toolPlatform]: guid === undefined ? undefined : { guid } },
    });
    const first = await open(lms, graded(), told(undefined));
    for (const guid of ['school-1', 'school-2', undefined])
      expect(ids(await open(lms, graded(), told(guid)))).toEqual(ids(first));
  });

  it.each([
    ['another guid', { guid: 'school-2' }],
    ['another issuer', { issuer: 'https://other-lms.example' }],
  ])('differ under %s', async (_title, platform) => {
    const first = await connected({ platform: { guid: 'school-1' } });
    const second = await connectedAgain(first, { platform: { clientId: 'another-client', ...platform } });
    const [one, other] = [await open(first, graded()), await open(second, graded())];
    for (const name of ['person', 'class', 'assignment'] as const) expect(other[name]).not.toBe(one[name]);
  });

  it('differ for keys from another place: a guid can be claimed by anybody who signs for himself', async () => {
    const first = await connected({ platform: { guid: 'school-1' } });
    const { issuer } = first.platform.platform;
    const impostor = await connected({ platform: { issuer, guid: 'school-1', clientId: 'another-client' } });
    expect((await open(impostor)).person).not.toBe((await open(first)).person);
  });

  it('differ from application to application, so that two of them cannot compare notes', async () => {
    const first = await connected({ platform: { guid: 'school-1' } });
    const application = await createApplication(world.bridge);
    const second = await connectedAgain(first, { platform: { clientId: 'another-client' }, application });
    const [one, other] = [await open(first, graded()), await open(second, graded())];
    for (const name of ['person', 'class', 'assignment'] as const) expect(other[name]).not.toBe(one[name]);
  });

  it('differ for people of two platforms with the same sub and the same address', async () => {
    const [first, second] = [await connected(), await connected()];
    expect((await open(second)).person).not.toBe((await open(first)).person);
  });

  it('agree when a deployment is met for the first time by many at once', async () => {
    for (const guid of ['school-1', undefined]) {
      const lms = await connected({ platform: { guid } });
      const opened = await Promise.all(Array.from({ length: 20 }, () => open(lms, graded())));
      expect(new Set(opened.map((one) => JSON.stringify(ids(one)))).size).toBe(1);
    }
  });
});

const reviewed = (changes: Partial<MessageDraft> = {}) =>
  resourceLaunch({
    messageType: 'LtiSubmissionReviewRequest',
    resourceLink: undefined,
    lineItem: item('1'),
    forUser: { id: 'user-2', name: 'Grace Sample' },
    ...changes,
  });

/** Saves what an application selected; the links of the course then carry its id. */
function selected(payload: unknown, application = world.application): Promise<string> {
  return saveSelection(world.bridge.context.database, application.id, JSON.stringify(payload));
}

describe('an assignment', () => {
  /** Known by its link alone, by its line item alone, by both. */
  let byLink: () => MessageDraft;
  const byItem = () => reviewed();
  let byBoth: () => MessageDraft;
  beforeAll(async () => {
    const custom = { bridge_selection: await selected({ type: 'lti' }) };
    byLink = () => resourceLaunch({ custom });
    byBoth = () => graded({ custom });
  });

  it('has one id by its link, with and without a line item', async () => {
    const lms = await connected();
    const id = (await open(lms, byLink())).assignment;
    expect((await open(lms, byBoth())).assignment).toBe(id);
    expect((await open(lms, byLink())).assignment).toBe(id);
  });

  it('that was first known by its line item keeps that id when its link turns up', async () => {
    const lms = await connected();
    const id = (await open(lms, byItem())).assignment;
    for (const draft of [byBoth, byLink, byItem, byBoth])
      expect((await open(lms, draft())).assignment).toBe(id);
  });

  it('that was first known by its link keeps that id when its line item turns up', async () => {
    const lms = await connected();
    const id = (await open(lms, byBoth())).assignment;
    for (const draft of [byItem, byLink, byBoth]) expect((await open(lms, draft())).assignment).toBe(id);
  });

  it.each([
    ['by its link, then by its line item', () => [byLink, byItem]],
    ['by its line item, then by its link', () => [byItem, byLink]],
  ])(
    'known as two, %s, is one from the launch on that shows it, under the older id',
    async (_title, drafts) => {
      const lms = await connected();
      const [older, younger] = drafts();
      const id = (await open(lms, older!())).assignment;
      expect((await open(lms, younger!())).assignment).not.toBe(id);
      for (const draft of [byBoth, byLink, byItem, byBoth])
        expect((await open(lms, draft())).assignment).toBe(id);
    },
  );

  it('is not the one of another link because they share a line item', async () => {
    const lms = await connected();
    const first = (await open(lms, graded())).assignment;
    const other = () => graded({ resourceLink: { id: 'link-2', title: 'Decimals' } });
    const second = (await open(lms, other())).assignment;
    expect(second).not.toBe(first);
    expect((await open(lms, graded())).assignment).toBe(first);
    expect((await open(lms, other())).assignment).toBe(second);
    // A review that names a link we know means that link.
    const review = { messageType: 'LtiSubmissionReviewRequest', forUser: { id: 'user-2' } } as const;
    expect((await open(lms, { ...other(), ...review })).assignment).toBe(second);
    expect((await open(lms, { ...graded(), ...review })).assignment).toBe(first);
  });

  it('is found by its line item in a review whose link was made up for it', async () => {
    const lms = await connected();
    const madeUp = { id: 'speedgrader', title: 'SpeedGrader' };
    const first = await open(lms, reviewed({ resourceLink: madeUp, lineItem: item('1') }));
    const second = await open(lms, reviewed({ resourceLink: madeUp, lineItem: item('2') }));
    expect(second.assignment).not.toBe(first.assignment);
    for (const [id, name] of [
      [first.assignment, '1'],
      [second.assignment, '2'],
    ] as const) {
      const opened = await open(
        lms,
        graded({ resourceLink: { id: `link-${name}`, title: `Title ${name}` }, lineItem: item(name) }),
      );
      expect(opened.assignment).toBe(id);
      const again = await open(lms, reviewed({ resourceLink: madeUp, lineItem: item(name) }));
      expect(again.context.assignment).toMatchObject({ id, title: `Title ${name}` });
    }
  });

  it('gets its words from its link, and keeps them when nothing is said', async () => {
    const lms = await connected();
    const titled = graded({ resourceLink: { id: 'link-1', title: 'Fractions', description: 'Halves' } });
    await open(lms, titled);
    const { context } = await open(lms, graded({ resourceLink: { id: 'link-1' } }));
    expect(context.assignment).toMatchObject({
      title: 'Fractions',
      description: 'Halves',
      description_plaintext: 'Halves',
    });
    expect(context.lti.resource_link).toEqual({ id: 'link-1', title: null, description: null });
  });

  it('is none where a class is opened', async () => {
    const { context } = await open(
      await connected(),
      resourceLaunch({ lineItems: 'https://lms.example/items' }),
    );
    expect(context).toMatchObject({ intent: 'class', assignment: null });
  });
});

describe('a selection', () => {
  const payload = {
    type: 'lti',
    title: 'Fractions',
    custom: { chapter: 3, nested: { deep: [1, null] } },
    unknown: '…',
  };
  let selection: string;
  beforeAll(async () => {
    selection = await selected(payload);
  });
  const at = (query: string) => resourceLaunch({ targetLinkUri: `${world.bridge.url}/lti/launch${query}` });

  it.each<[string, () => MessageDraft]>([
    ['its custom parameter', () => resourceLaunch({ custom: { bridge_selection: selection } })],
    ['its address', () => at(`?selection=${selection}`)],
    ['its address among other parameters', () => at(`?a=1&selection=${selection}&b=2#c`)],
    ['both', () => ({ ...at(`?selection=${selection}`), custom: { bridge_selection: selection } })],
    [
      'its address, where the LMS left the parameter unresolved',
      () => ({ ...at(`?selection=${selection}`), custom: { bridge_selection: '$Bridge.selection' } }),
    ],
    [
      'its address, where the LMS spoilt the parameter',
      () => ({ ...at(`?selection=${selection}`), custom: { bridge_selection: 'spoilt' } }),
    ],
  ])('comes back by %s', async (_title, draft) => {
    const { context } = await open(world, draft());
    expect(context).toMatchObject({ intent: 'assignment', payload, assignment: { id: uuid5 } });
    expect(context.payload).toEqual(payload);
  });

  it('comes back in a copied course, whatever its links are called there', async () => {
    const { context } = await open(
      world,
      resourceLaunch({
        custom: { bridge_selection: selection },
        context: { id: 'copied-course' },
        resourceLink: { id: 'copied-link' },
      }),
    );
    expect(context.payload).toEqual(payload);
  });

  it.each<[string, () => MessageDraft | Promise<MessageDraft>]>([
    ['that nobody made', () => resourceLaunch({ custom: { bridge_selection: randomUUID() } })],
    ['that is no id', () => resourceLaunch({ custom: { bridge_selection: "' or 1=1 --" } })],
    [
      'of another application',
      async () => {
        const other = await selected({ secret: true }, await createApplication(world.bridge));
        return { ...at(`?selection=${other}`), custom: { bridge_selection: other } };
      },
    ],
    [
      'at an address that is not ours to read',
      () => resourceLaunch({ targetLinkUri: `https://x.example/?selection=${selection}` }),
    ],
    ['under another name', () => at(`?Selection=${selection}`)],
  ])('is not found by one %s', async (_title, draft) => {
    const { context } = await open(world, await draft());
    expect(context).toMatchObject({ intent: 'class', payload: null, assignment: null });
  });

  it('hides its parameter from the application, known or not, and hides nothing else', async () => {
    for (const bridge_selection of [selection, randomUUID(), 'spoilt', '']) {
      const custom = { bridge_selection, chapter: '3', empty: '', Bridge_Selection: 'other' };
      const { context } = await open(world, resourceLaunch({ custom }));
      expect(context.custom).toEqual({ chapter: '3', empty: '', Bridge_Selection: 'other' });
    }
  });
});

describe('custom parameters', () => {
  it('come as texts, without what the LMS could not resolve', async () => {
    const custom = {
      text: 'a',
      number: 5,
      zero: 0,
      truth: false,
      object: { a: [1] },
      nothing: null,
      unresolved: '$Canvas.user.id',
      price: '$5',
      dollar: '$',
      variables: '$A and $B',
    };
    const { context } = await open(world, resourceLaunch({ custom }));
    expect(context.custom).toEqual({
      text: 'a',
      number: '5',
      zero: '0',
      truth: 'false',
      object: '{"a":[1]}',
      price: '$5',
      dollar: '$',
      variables: '$A and $B',
    });
  });
});

describe('the intent', () => {
  const account = { id: 'account-1', title: 'School', type: ['Account'] };
  const accountUri = { id: 'account-1', type: ['http://purl.imsglobal.org/vocab/lis/v2/course#Account'] };
  const group = { id: 'group-1', type: ['http://purl.imsglobal.org/vocab/lis/v2/course#Group'] };
  let custom: { bridge_selection: string };
  beforeAll(async () => {
    custom = { bridge_selection: await selected({ type: 'lti' }) };
  });

  it.each<[string, string, boolean, () => MessageDraft]>([
    ['a selection', 'select', true, () => selectLaunch()],
    [
      'a selection from a link with a line item and a selection',
      'select',
      true,
      () => selectLaunch({ ...graded({ custom }), ...selectLaunch({ custom, lineItem: item('1') }) }),
    ],
    ['a selection outside any course', 'select', false, () => selectLaunch({ context: undefined })],
    ['a review', 'submission', true, () => reviewed()],
    ['a review without a line item', 'submission', true, () => reviewed({ lineItem: undefined })],
    [
      'a review of a selection',
      'submission',
      true,
      () => reviewed({ custom, resourceLink: { id: 'link-9' } }),
    ],
    ['a link that carries a selection', 'assignment', true, () => resourceLaunch({ custom })],
    ['a link with a line item', 'assignment', true, () => graded()],
    ['a link with a line item outside any course', 'assignment', false, () => graded({ context: undefined })],
    ['a link with a line item in a Canvas account', 'assignment', false, () => graded({ context: account })],
    [
      'a link where all line items of the course are told',
      'class',
      true,
      () => resourceLaunch({ lineItems: item('') }),
    ],
    ['a link', 'class', true, () => resourceLaunch()],
    [
      'a link in a context without a type',
      'class',
      true,
      () => resourceLaunch({ context: { id: 'course-1' } }),
    ],
    ['a link in a group', 'class', true, () => resourceLaunch({ context: group })],
    ['a link outside any course', 'login', false, () => resourceLaunch({ context: undefined })],
    ['a link in a Canvas account', 'login', false, () => resourceLaunch({ context: account })],
    ['a link in an account by its full name', 'login', false, () => resourceLaunch({ context: accountUri })],
    ['a link in a context without an id', 'login', false, () => resourceLaunch({ context: { id: '' } })],
  ])('of %s is %s', async (_title, intent, hasClass, draft) => {
    const { context } = await open(world, draft());
    expect([context.intent, context.class !== null]).toEqual([intent, hasClass]);
  });

  it('of a Canvas account leaves the account to who looks closer', async () => {
    const { context } = await open(world, resourceLaunch({ context: account }));
    expect(context.lti.context).toEqual({ id: 'account-1', type: ['Account'], label: null, title: 'School' });
  });
});

describe('the context', () => {
  const shapeOf = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
      : 'value';
  const members = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, 'value']));

  const klass = {
    ...members(
      'id name description state picture_url created_date updated_date locale time_zone school_id course_id',
    ),
    ...members('session_ids subjects grade_levels periods identifiers materialization_id product_ids'),
    properties: {},
    rules: {},
  };
  const assignment = {
    ...members('id title description description_plaintext state due_date display_date start_date end_date'),
    ...members(
      'grading_type points_possible assignee_mode assignee_ids attachments submission_types max_attempts',
    ),
    ...members('category_id session_id created_date updated_date'),
    properties: {},
  };
  const context = {
    ...members('version intent'),
    custom: {},
    class: klass as unknown,
    assignment: 'value' as unknown,
    payload: 'value',
    lti: {
      ...members('launch_id message_type deployment_id roles target_link_uri for_user deep_linking'),
      platform: members('id name issuer product guid'),
      context: members('id type label title') as unknown,
      resource_link: members('id title description') as unknown,
      presentation: 'value' as unknown,
      services: {
        grades: members('available scopes line_item'),
        roster: members('available'),
        service_key: 'value',
      },
    },
  };
  const presentation = members('locale document_target return_url');
  const full: Partial<MessageDraft> = {
    presentation: { documentTarget: 'iframe', returnUrl: 'https://lms.example/back' },
    locale: 'de-DE',
    lineItems: 'https://lms.example/items',
    memberships: 'https://lms.example/memberships',
  };

  it.each<[string, () => MessageDraft, (shape: typeof context) => unknown]>([
    [
      'select',
      () => selectLaunch(full),
      (shape) => ({
        ...shape,
        lti: {
          ...shape.lti,
          presentation,
          resource_link: 'value',
          deep_linking: members(
            'accept_types accept_multiple accept_media_types accept_presentation_document_targets accept_lineitem auto_create title text message_origin',
          ),
        },
      }),
    ],
    [
      'assignment',
      () => graded(full),
      (shape) => ({ ...shape, assignment, lti: { ...shape.lti, presentation } }),
    ],
    ['class', () => resourceLaunch(full), (shape) => ({ ...shape, lti: { ...shape.lti, presentation } })],
    [
      'submission',
      () => reviewed(),
      (shape) => ({
        ...shape,
        assignment,
        lti: { ...shape.lti, resource_link: 'value', for_user: members('user_id name') },
      }),
    ],
    [
      'login',
      () => resourceLaunch({ context: undefined }),
      (shape) => ({ ...shape, class: 'value', lti: { ...shape.lti, context: 'value' } }),
    ],
  ])('of intent %s has every key', async (intent, draft, expected) => {
    const opened = await open(world, draft());
    expect(opened.context.intent).toBe(intent);
    expect(shapeOf(opened.context)).toEqual(expected(structuredClone(context)));
    expect(JSON.stringify(opened.context)).not.toContain('undefined');
  });

  it('says what the launch said', async () => {
    const lms = await connected({
      platform: { guid: 'school-1' },
      registration: { name: 'My LMS', product: 'canvas' },
    });
    const roles = ['http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor', 'Instructor', ''];
    const { context: told } = await open(
      lms,
      graded({
        ...full,
        roles,
        claims: { [toolPlatform]: { guid: 'school-1', name: 'School LMS', product_family_code: 'moodle' } },
      }),
    );
    expect(told).toMatchObject({
      version: 2,
      intent: 'assignment',
      custom: {},
      class: {
        name: 'Math 101',
        description: 'MA-101',
        identifiers: [{ type: 'lti_id', value: 'course-1' }],
      },
      assignment: { title: 'Fractions' },
      payload: null,
      lti: {
        message_type: 'LtiResourceLinkRequest',
        platform: {
          id: lms.platformId,
          name: 'School LMS',
          issuer: lms.platform.platform.issuer,
          product: 'moodle',
          guid: 'school-1',
        },
        deployment_id: 'test-deployment',
        roles,
        context: { id: 'course-1', label: 'MA-101', title: 'Math 101' },
        resource_link: { id: 'link-1', title: 'Fractions', description: null },
        target_link_uri: 'https://tool.example/lti/launch',
        presentation: { locale: 'de-DE', document_target: 'iframe', return_url: 'https://lms.example/back' },
        for_user: null,
        deep_linking: null,
        services: {
          grades: { available: true, line_item: item('1'), scopes: expect.any(Array) },
          roster: { available: true },
          service_key: null,
        },
      },
    });
  });

  it('names the platform as its operator does where the launch does not', async () => {
    const lms = await connected({ registration: { name: 'My LMS', product: 'canvas' } });
    const { context: told } = await open(lms);
    expect(told.lti.platform).toMatchObject({ name: 'My LMS', product: 'canvas', guid: null });
    expect(told.lti.services).toMatchObject({
      grades: { available: false, scopes: [], line_item: null },
      roster: { available: false },
    });
  });

  it("never shows what is the bridge's own: where a selection goes, and what goes with it", async () => {
    const { context: told } = await open(world, selectLaunch());
    expect(JSON.stringify(told)).not.toMatch(/opaque|127\.0\.0\.1:9/);
  });
});

describe('rows', () => {
  const tables = ['people', 'classes', 'enrollments', 'assignments', 'id_aliases', 'deployments'];
  const dump = async () =>
    Object.fromEntries(
      await Promise.all(
        tables.map(async (table) => [table, await world.bridge.context.database.knex(table)] as const),
      ),
    ) as Record<string, unknown[]>;
  /** The tables in which anything is different afterwards. */
  async function changedBy(work: () => Promise<unknown>): Promise<string[]> {
    const before = await dump();
    await work();
    const after = await dump();
    return tables.filter((table) => JSON.stringify(after[table]) !== JSON.stringify(before[table]));
  }

  let lms: World;
  beforeAll(async () => {
    lms = await connected({ platform: { guid: 'school-1' } });
    await open(lms, graded());
  });

  const person = {
    id: 'user-1',
    name: 'Ada Sample',
    givenName: 'Ada',
    familyName: 'Sample',
    email: 'ada@school.example',
  };

  it.each<[string, string[], () => MessageDraft]>([
    ['the same again', [], () => graded()],
    ['less of the person', [], () => graded({ person: { id: 'user-1' } })],
    [
      'less of the class and the link',
      [],
      () => graded({ context: { id: 'course-1' }, resourceLink: { id: 'link-1' } }),
    ],
    ['no class', [], () => graded({ context: undefined })],
    ['another name', ['people'], () => graded({ person: { ...person, name: 'Ada Other' } })],
    [
      'another address',
      ['people'],
      () => graded({ person: { ...person, name: 'Ada Other', email: 'a@b.example' } }),
    ],
    [
      'another title of the class',
      ['classes'],
      () =>
        graded({
          context: { id: 'course-1', title: 'Math 102' },
          person: undefined,
          claims: { sub: 'user-1' },
        }),
    ],
    [
      'another title of the link',
      ['assignments'],
      () =>
        graded({
          resourceLink: { id: 'link-1', title: 'Decimals' },
          context: { id: 'course-1' },
          person: undefined,
          claims: { sub: 'user-1' },
        }),
    ],
    [
      'another role',
      ['people', 'enrollments'],
      () =>
        graded({
          roles: ['Instructor'],
          resourceLink: { id: 'link-1' },
          context: { id: 'course-1' },
          person: { id: 'user-1' },
        }),
    ],
    [
      'the same role by another name',
      ['enrollments'],
      () =>
        graded({
          roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor'],
          resourceLink: { id: 'link-1' },
          context: { id: 'course-1' },
          person: { id: 'user-1' },
        }),
    ],
    [
      'that again',
      [],
      () =>
        graded({
          roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor'],
          resourceLink: { id: 'link-1' },
          context: { id: 'course-1' },
          person: { id: 'user-1' },
        }),
    ],
    [
      'another class',
      ['classes', 'enrollments'],
      () => resourceLaunch({ roles: ['Instructor'], context: { id: 'course-2' }, person: { id: 'user-1' } }),
    ],
    [
      'another person in the class',
      ['people', 'enrollments'],
      () => resourceLaunch({ context: { id: 'course-1' }, person: { id: 'user-2' } }),
    ],
  ])('of a launch that says %s change in %j', async (_title, changed, draft) => {
    expect(await changedBy(() => open(lms, draft()))).toEqual(changed);
  });

  it('tell when they were made and when they last changed', async () => {
    const own = await connected();
    const first = await open(own);
    const second = await open(own);
    expect(second.profile).toEqual(first.profile);
    const third = await open(own, resourceLaunch({ person: { ...person, name: 'Ada Other' } }));
    expect(third.profile.created_date).toBe(first.profile.created_date);
    expect(Date.parse(third.profile.updated_date)).toBeGreaterThan(Date.parse(first.profile.updated_date));
    expect(third.context.class.updated_date).toBe(first.context.class.updated_date);
  });

  it('collect the roles a person was seen with', async () => {
    const own = await connected();
    expect((await open(own)).profile.roles).toEqual(['student']);
    const teaching = resourceLaunch({ roles: ['Instructor'], context: { id: 'course-2' } });
    expect((await open(own, teaching)).profile.roles).toEqual(['student', 'teacher']);
    expect((await open(own)).profile.roles).toEqual(['student', 'teacher']);
  });
});

describe('a person nobody names', () => {
  const nameless = () => resourceLaunch({ person: undefined });

  it('is refused unless the platform may send such', async () => {
    expect(refusalOf(await launch(await connected(), nameless()))).toBe('launch_claim_missing');
  });

  it('is somebody new each time where it may', async () => {
    const lms = await connected({ registration: { allow_anonymous: true }, platform: { guid: 'school-1' } });
    const [first, second] = [await open(lms, nameless()), await open(lms, nameless())];
    expect(first.person).not.toBe(second.person);
    expect(first.class).toBe(second.class);
    expect(first.profile).toMatchObject({ display_name: null, email: null, identifiers: [] });
    // Whoever has a name keeps it there.
    expect((await open(lms)).person).toBe((await open(lms)).person);
  });

  it('is still refused with an empty sub', async () => {
    const lms = await connected({ registration: { allow_anonymous: true } });
    expect(refusalOf(await launch(lms, resourceLaunch(), { claims: { sub: '' } }))).toBe(
      'launch_claim_invalid',
    );
  });
});

describe('the privacy level', () => {
  const everything = {
    id: 'user-1',
    name: 'Ada Q Sample',
    givenName: 'Ada',
    middleName: 'Quill',
    familyName: 'Sample',
    email: 'ada@school.example',
    picture: 'https://lms.example/ada.png',
    sourcedId: 'sis-4711',
  };
  const names = ['name', 'given_name', 'middle_name', 'family_name'];

  it.each([
    ['public', [...names, 'email', 'picture']],
    ['name_only', names],
    ['email_only', ['email']],
    ['anonymous', []],
  ])('%s passes on %j, and the rest is nowhere', async (level, passed) => {
    const lms = await connected({ registration: { privacy_level: level } });
    const withheld = [...names, 'email', 'picture'].filter((name) => !passed.includes(name));
    const { idToken, profile, context } = await open(
      lms,
      reviewed({ person: everything, forUser: everything }),
    );
    expect([...names, 'email', 'picture'].filter((name) => name in idToken)).toEqual(passed);
    expect(profile).toMatchObject({
      first_name: passed.includes('name') ? 'Ada' : null,
      display_name: passed.includes('name') ? 'Ada Q Sample' : null,
      email: passed.includes('email') ? everything.email : null,
      picture_url: passed.includes('picture') ? everything.picture : null,
    });
    // The person whose work is reviewed has the same protection.
    expect(withheld.filter((name) => name in context.lti.for_user)).toEqual([]);
    expect(context.lti.for_user.user_id).toBe('user-1');

    const { knex } = world.bridge.context.database;
    // Neither name nor address, and yet it says who it is.
    const sisId = { type: 'sis_id', value: 'sis-4711' };
    expect(profile.identifiers.some((one: unknown) => JSON.stringify(one) === JSON.stringify(sisId))).toBe(
      level === 'public',
    );
    const kept = JSON.stringify([
      await knex('launches').where({ platform_id: lms.platformId }),
      await knex('people').where({ id: profile.id }),
    ]);
    const values: Record<string, string> = {
      name: everything.name,
      middle_name: everything.middleName,
      email: everything.email,
      picture: everything.picture,
    };
    expect(kept.includes('sis-4711')).toBe(level === 'public');
    for (const [name, value] of Object.entries(values))
      expect([name, kept.includes(value)]).toEqual([name, passed.includes(name)]);
  });

  it('of one launch does not tell what another one said', async () => {
    const lms = await connected();
    await open(lms, resourceLaunch({ person: everything }));
    const { idToken } = await open(lms, resourceLaunch({ person: { id: 'user-1' } }));
    expect(names.filter((name) => name in idToken)).toEqual([]);
    expect(idToken).not.toHaveProperty('email');
  });
});

describe('a role', () => {
  const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
  it.each<[string[], string]>([
    [[`${membership}#Learner`], 'student'],
    [[`${membership}#Instructor`], 'teacher'],
    [[`${membership}#Instructor`, `${membership}/Instructor#TeachingAssistant`], 'ta'],
    [[`${membership}#ContentDeveloper`], 'designer'],
    [[`${membership}#Administrator`], 'administrator'],
    [[`${membership}#Mentor`], 'observer'],
    [['Instructor'], 'teacher'],
    [[], 'member'],
    [[''], 'member'],
    [['http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator'], 'administrator'],
  ])('of %j is %s in the class', async (roles, role) => {
    const person = { id: `person ${JSON.stringify(roles)}`.slice(0, 200) };
    const { profile, context } = await open(world, resourceLaunch({ person, roles }));
    expect(profile.roles).toEqual([role]);
    expect(context.lti.roles).toEqual(roles);
    const { knex } = world.bridge.context.database;
    expect(await knex('enrollments').where({ person_id: profile.id }).pluck('role')).toEqual([role]);
  });
});
