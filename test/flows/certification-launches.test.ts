/**
 * The launches of the 1EdTech certification suite for tools, in its own spelling (LTI Advantage Conformance Certification
 * Guide 1.3, section 6.1): every known "bad" payload is refused by name, every valid one is accepted and its facts arrive.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue, type ErrorCode } from '../../server/lib/errors.js';
import type { MessageDraft } from '../../server/sandbox/lms/message.js';
import { countRows, launchTables } from '../lti/support/stored.js';
import {
  codeOf,
  exchange,
  launch,
  refusalOf,
  resourceLaunch,
  startWorld,
  type World,
} from '../support/world.js';

const lti = 'https://purl.imsglobal.org/spec/lti/claim/';
const vocabulary = 'http://purl.imsglobal.org/vocab/lis/v2';
const instructor = `${vocabulary}/membership#Instructor`;
const learner = `${vocabulary}/membership#Learner`;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    platform: {
      issuer: 'https://ltiadvantagevalidator.imsglobal.org',
      clientId: 'imstester_3dfad6d',
      deploymentId: 'testdeploy',
    },
  });
});
afterAll(() => world.stop());

/** What the suite says of nobody in particular: no tool_platform, nulls where it has nothing. */
function suiteLaunch(changes: Partial<MessageDraft> = {}): MessageDraft {
  return resourceLaunch({
    targetLinkUri: `${world.bridge.url}/lti/launch`,
    locale: 'en-US',
    presentation: {
      documentTarget: 'iframe',
      width: 320,
      height: 240,
      returnUrl: 'https://lms.example/return',
    },
    ...changes,
    claims: {
      [`${lti}resource_link`]: {
        id: '47d4d2ab-0b5c-4b4b-9b3f-f22bd0e1c0c3',
        title: null,
        description: null,
        validation_context: null,
        errors: { errors: {} },
      },
      [`${lti}custom`]: {},
      errors: { errors: {} },
      ...changes.claims,
    },
  });
}

describe('Known "bad" payloads', () => {
  interface Bad {
    claims?: Record<string, unknown>;
    header?: Record<string, unknown>;
    token?: () => Promise<string>;
  }
  const without = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [`${lti}${name}`, undefined]));
  const noLtiMessage = () =>
    world.platform.platform.sign(
      { name: 'badltilaunch' },
      { typ: undefined, alg: undefined, kid: undefined },
    );

  it.each<[test: string, code: ErrorCode, field: string | undefined, bad: Bad]>([
    [
      'No KID Sent in JWT header',
      'launch_kid_missing',
      undefined,
      { header: { kid: undefined, typ: undefined, badtestonly: '12345' } },
    ],
    [
      'Incorrect KID in JWT header',
      'launch_kid_unknown',
      undefined,
      { header: { kid: 'imstester_66067', typ: undefined } },
    ],
    ['Wrong LTI Version', 'launch_version_unsupported', undefined, { claims: { [`${lti}version`]: '11.3' } }],
    ['No LTI Version', 'launch_claim_missing', 'version', { claims: without('version') }],
    ['Invalid LTI message', 'launch_alg_not_allowed', undefined, { token: noLtiMessage }],
    [
      'Missing LTI Claims',
      'launch_claim_missing',
      'version',
      { claims: without('message_type', 'version', 'roles') },
    ],
    ['Timestamps Incorrect', 'launch_expired', undefined, { claims: { exp: 22222, iat: 11111 } }],
    [
      'messsage_type Claim Missing',
      'launch_claim_missing',
      'message_type',
      { claims: without('message_type') },
    ],
    ['role Claim Missing', 'launch_claim_missing', 'roles', { claims: without('roles') }],
    [
      'deployment_id Claim Missing',
      'launch_claim_missing',
      'deployment_id',
      { claims: without('deployment_id') },
    ],
    [
      'resource_link_id Claim Missing',
      'launch_claim_missing',
      'resource_link.id',
      { claims: without('resource_link') },
    ],
    ['user Claim Missing', 'launch_claim_invalid', 'sub', { claims: { sub: '' } }],
  ])('%s', async (_test, code, field, bad) => {
    const before = await countRows(world.bridge, launchTables);
    const from = world.bridge.logLines.length;
    const page = await launch(world, suiteLaunch({ roles: [learner] }), bad);

    expect([page.status, refusalOf(page)]).toEqual([catalogue[code].status, code]);
    expect(page.location).toBeUndefined();
    // No code, no launch, no person: the tables are as they were.
    expect(await countRows(world.bridge, launchTables)).toEqual(before);
    // The suite wants a proof for each test; a line of the log is one.
    const lines = world.bridge.logLines.slice(from).map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ event: 'refused', code }));
    expect(lines.find(({ event }) => event === 'refused').field).toBe(field);
  });
});

interface Valid {
  roles?: string[];
  claims?: Record<string, unknown>;
  withoutContext?: true;
}

const names = { name: 'Jane Q Lastname', given_name: 'Jane', middle_name: 'Q', family_name: 'Lastname' };
const email = { email: 'jane.lastname@school.example' };

const launches = (who: 'Instructor' | 'Student'): [test: string, valid: Valid][] => {
  const role = who === 'Instructor' ? instructor : learner;
  const several = {
    Instructor: [
      instructor,
      `${vocabulary}/institution/person#Staff`,
      `${vocabulary}/institution/person#Other`,
    ],
    Student: [learner, `${vocabulary}/institution/person#Student`, `${vocabulary}/membership#Mentor`],
  };
  const unknown = {
    Instructor: ['http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper'],
    Student: [learner, 'http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown'],
  };
  const everything = { ...names, ...email };
  return [
    [`Valid ${who} Launch`, { roles: [role], claims: everything }],
    [`Valid ${who} Launch with Roles`, { roles: several[who], claims: everything }],
    [
      `Valid ${who} Launch Short Role`,
      { roles: [who === 'Instructor' ? 'Instructor' : 'Learner'], claims: everything },
    ],
    [`Valid ${who} Launch Unknown Role`, { roles: unknown[who], claims: everything }],
    [`Valid ${who} Launch No Role`, { roles: [''], claims: everything }],
    [`Valid ${who} Launch Email Only`, { roles: [role], claims: email }],
    [`Valid ${who} Launch Names Only`, { roles: [role], claims: names }],
    [`Valid ${who} No PII`, { roles: [role], claims: {} }],
    [`Valid ${who} Email Without Context`, { roles: [role], claims: everything, withoutContext: true }],
  ];
};

/** The members of an id_token that tell of the person. */
const personal = ['name', 'given_name', 'middle_name', 'family_name', 'email', 'picture'];

function claimsOf(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1]!, 'base64url').toString('utf8'));
}

async function accept(test: string, { roles, claims = {}, withoutContext }: Valid) {
  const draft = suiteLaunch({
    person: { id: `user of ${test}` },
    roles,
    ...(withoutContext ? { context: undefined } : {}),
    claims,
  });
  const page = await launch(world, draft);
  expect([page.status, refusalOf(page)]).toEqual([303, undefined]);
  const { status, body } = await exchange(world, codeOf(page));
  expect(status).toBe(200);
  return body;
}

describe.each([
  ['Valid Teacher Launches', launches('Instructor')],
  ['Valid Student Launches', launches('Student')],
])('%s', (_group, tests) => {
  it.each(tests)('%s', async (test, valid) => {
    const { context, id_token, access_token } = await accept(test, valid);

    expect(context).toMatchObject({
      version: 2,
      intent: valid.withoutContext ? 'login' : 'class',
      class: valid.withoutContext ? null : { name: 'Math 101' },
      lti: {
        message_type: 'LtiResourceLinkRequest',
        deployment_id: 'testdeploy',
        roles: valid.roles,
        platform: { issuer: 'https://ltiadvantagevalidator.imsglobal.org', guid: null },
        resource_link: { id: '47d4d2ab-0b5c-4b4b-9b3f-f22bd0e1c0c3', title: null, description: null },
      },
    });

    // What the suite sent of the person arrives, and nothing that it did not send.
    const told = claimsOf(id_token);
    const toldOfPerson = Object.fromEntries(
      personal.filter((name) => name in told).map((name) => [name, told[name]]),
    );
    expect(toldOfPerson).toEqual(valid.claims);
    expect(told.locale).toBe('en-US');

    const response = await fetch(`${world.bridge.url}/api/v2/my/profile`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    const { $data: profile } = (await response.json()) as { $data: Record<string, unknown> };
    const sent = valid.claims as Partial<typeof names & typeof email>;
    expect(profile).toMatchObject({
      id: told.sub,
      first_name: sent.given_name ?? null,
      middle_name: sent.middle_name ?? null,
      last_name: sent.family_name ?? null,
      display_name: sent.name ?? null,
      email: sent.email ?? null,
      locale: 'en-US',
    });
  });
});

describe('Deep Linking', () => {
  it('Send the Request Payload, which names no target', async () => {
    const draft = suiteLaunch({
      messageType: 'LtiDeepLinkingRequest',
      roles: [instructor],
      presentation: { documentTarget: 'window', width: 480, height: 360 },
      deepLinking: {
        deep_link_return_url: 'https://ltiadvantagevalidator.imsglobal.org/ltitool/deeplinkresponse.html',
        accept_types: ['link', 'file', 'html', 'ltiResourceLink'],
        accept_media_types: 'image/*,text/html,application/json',
        accept_presentation_document_targets: ['iframe', 'window'],
        accept_multiple: true,
        auto_create: true,
        title: 'This is the default title',
        text: 'This is the default text',
        data: '909708',
      },
      claims: { [`${lti}resource_link`]: undefined, [`${lti}target_link_uri`]: undefined },
    });
    const page = await launch(world, draft);
    expect([page.status, refusalOf(page)]).toEqual([200, undefined]);
    const { body } = await exchange(world, codeOf(page));
    expect(body.context).toMatchObject({
      intent: 'select',
      lti: {
        target_link_uri: null,
        deep_linking: {
          accept_types: ['link', 'file', 'html', 'ltiResourceLink'],
          accept_media_types: 'image/*,text/html,application/json',
          accept_multiple: true,
          auto_create: true,
          title: 'This is the default title',
        },
      },
    });
  });
});
